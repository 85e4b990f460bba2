// Goal: every option of every command says what it is for and does something there, or is refused.
// Method: the table of options against the code that a command reaches, and the help as it is
// printed; then the options that mean something only beside another. Not here: what they do.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { OPTIONS } from '../../agent/src/commands/options.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/options')

const COMMANDS = resolve(import.meta.dirname, '../../agent/src/commands')

/** Where the same code serves several commands, and what of it each has left out. */
const FILES: Partial<Record<keyof typeof OPTIONS, readonly string[]>> = {
  run: ['run', 'flags', 'lease', 'report', 'retry'],
  plan: ['plan', 'flags'],
  apply: ['apply', 'plan', 'flags', 'lease', 'report'],
  resume: ['resume', 'journal'],
  exec: ['exec', 'flags', 'lease', 'report'],
  facts: ['facts', 'exec', 'flags', 'report'],
  inventory: ['inventory', 'flags'],
  explain: ['explain', 'flags'],
  lint: ['lint', 'flags'],
  status: ['members', 'asking'],
  members: ['members', 'asking'],
  leave: ['members', 'asking'],
  statement: ['statement', 'asking'],
  metrics: ['statement', 'asking'],
  reload: ['statement', 'asking'],
  doctor: ['doctor', 'asking'],
  id: ['clusterrows'],
  cluster: ['cluster', 'operating'],
  operator: ['operator', 'operating'],
  seed: ['seed', 'operating'],
  revoke: ['revoke', 'operating', 'asking'],
}

const LONG = /--(no-)?([a-z][a-z0-9-]*)/

function camel(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

for (const [command, options] of Object.entries(OPTIONS)) {
  const names = FILES[command as keyof typeof OPTIONS] ?? [command]
  const code = [...names.map((name) => `${name}.ts`), '../cli.ts']
    .map((name) => readFileSync(resolve(COMMANDS, name), 'utf8'))
    .join('\n')
    // A type that names a flag does not use it.
    .replaceAll(/^export interface [^]*?^}/gm, '')

  test(`${command}: every option is read by its code`, () => {
    for (const [flags] of options) {
      const name = camel(LONG.exec(flags)?.[2] ?? '')
      const asked = name === 'verbose' ? 'verbosity' : name
      const isRead = new RegExp(`flags\\??\\.${asked}\\b|values\\['${asked}'\\]|\\b${asked}[,:} ]`)
      assert.match(code, isRead, `${command} ${flags}`)
    }
  })

  test(`${command}: every option has one line of its own in the help`, () => {
    const seen = new Set<string>()
    for (const [flags, about] of options) {
      assert.ok(
        about.length >= 10 && about.length <= 75 && !about.endsWith('.'),
        `${flags} ${about}`,
      )
      for (const [flag] of flags.matchAll(/(?<![\w-])--?[a-zA-Z][a-z0-9-]*/g)) {
        assert.ok(!seen.has(flag), `${command} has ${flag} twice`)
        seen.add(flag)
      }
    }
  })
}

test('help tells no default for what is switched off', async () => {
  const said: string[] = []
  const { info } = console
  console.info = (text: string) => void said.push(text)
  try {
    await callCli(['run', '--help'])
  } finally {
    console.info = info
  }
  assert.match(said.join('\n'), /--no-lease +let other runs/)
  assert.doesNotMatch(said.join('\n'), /default: true/)
})

const BOOK = resolve(dirname(COMMANDS), '../../playbooks/site.yml')

/** Words that mean nothing there, and what is said of them. */
const REFUSED: readonly (readonly [words: string, said: RegExp])[] = [
  [`run ${BOOK} --detailed-exitcode`, /told of a prediction/],
  [`plan ${BOOK} --check`, /--check is not supported/],
  [`plan ${BOOK} -C`, /-C is not supported/],
  ['apply x.plan --check', /--check is not supported/],
  ['apply x.plan --detailed-exitcode', /no flag --detailed-exitcode/],
  ['facts all --check', /--check is not supported/],
  ['facts all --no-lease', /no flag --no-lease/],
  ['exec all --force-handlers', /no flag --force-handlers/],
  ['inventory --limit all', /--limit is not supported/],
  ['inventory --vars', /--vars is for --graph/],
  ['inventory --graph --yaml', /a graph is no YAML/],
  ['inventory --graph --list', /do not go together/],
  ['inventory web', /web is for --graph/],
  ['inventory --list --export', /--export is not supported/],
  ['explain var x --host localhost --play 1', /--play needs the playbook/],
  ['explain var x --host localhost --task a', /--task needs the playbook/],
  ['vault view x.yml --name n', /vault view has no --name/],
  ['vault rekey x.yml --output -', /vault rekey has no --output/],
  ['vault encrypt x.yml --new-vault-id a@b', /vault encrypt has no --new-vault-id/],
]

for (const [words, expected] of REFUSED) {
  test(`refused where it means nothing: ${words.replace(BOOK, 'site.yml')}`, async () => {
    const { error } = await callCli(words.split(' '))
    assert.match(String(error), expected)
    assert.ok((error as { hint?: string }).hint)
  })
}

test.run()
