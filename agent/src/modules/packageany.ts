// package: software of the host by the package manager that it has, apt or dnf. It takes what
// either of them takes, as a role names arguments for both. Not here: what the package managers do.
import * as z from 'zod'
import { dnfSchema, planDnf } from './dnf.ts'
import { defineModule, type ModuleContext } from './module.ts'
import { aptSchema, planApt, returns, STATES } from './package.ts'
import { choice, words } from './params.ts'

/** Arguments of either, as they were written: a default is its package manager's own. */
const passed = Object.fromEntries(
  [dnfSchema, aptSchema].flatMap((schema) =>
    Object.entries(schema.shape).map(([name, type]) => [name, withoutDefault(type)]),
  ),
)

export const packageModule = defineModule({
  name: 'package',
  summary: 'Manage packages with the package manager of the host.',
  params: z.object({
    ...passed,
    name: words().describe('packages'),
    state: choice(STATES).default('present').describe('what the packages shall be'),
    use: choice(['auto', 'apt', 'dnf', 'yum']).default('auto').describe('the package manager'),
  }),
  aliases: { pkg: 'name' },
  effect: 'changes',
  returns,
  examples: `- package:
    name: rsync
    state: present`,
  notes: [
    'Works where apt-get, dnf or yum is; other package managers are refused by name.',
    'An argument that the package manager of the host does not have fails the task.',
  ],
  probe: async ({ use, ...given }, context) => {
    const asked = use === 'auto' ? await sourceOf(context) : use
    if (asked === undefined) {
      return { failure: `${context.host.name} has neither apt-get, dnf nor yum` }
    }
    const isApt = asked === 'apt'
    const shape = isApt ? aptSchema.shape : dnfSchema.shape
    const stray = Object.keys(given).find((name) => !Object.hasOwn(shape, name))
    if (stray !== undefined) return { failure: `${asked} has no argument ${stray}` }
    return isApt
      ? planApt(aptSchema.parse(given), context)
      : planDnf(dnfSchema.parse(given), context)
  },
})

function withoutDefault(type: z.ZodType): z.ZodType {
  const bare = type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : type
  const optional = bare instanceof z.ZodOptional ? bare : bare.optional()
  return optional.describe(type.description ?? '')
}

async function sourceOf({ host }: ModuleContext): Promise<'apt' | 'dnf' | undefined> {
  if ((await host.ask('command -v apt-get')).rc === 0) return 'apt'
  return (await host.ask('command -v dnf || command -v yum')).rc === 0 ? 'dnf' : undefined
}
