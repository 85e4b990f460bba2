// debug, fail and assert: what an author says and checks. Nothing is asked of the host.
import * as z from 'zod'
import { ClusterError } from '../errors.ts'
import { str } from '../value/python.ts'
import { Template, Unknown, type Value } from '../value/value.ts'
import { type Controller, defineModule, type Outcome } from './module.ts'
import { bool, int, raw, text } from './params.ts'

export const debug = defineModule({
  name: 'debug',
  summary: 'Print a message or the value of a variable.',
  params: z.object({
    msg: raw().optional().describe('the message'),
    var: text().optional().describe('an expression whose value is printed'),
    verbosity: int().default(0).describe('printed only with as many -v'),
  }),
  unknownParams: ['msg'],
  rawParams: ['var'],
  effect: 'none',
  returns: { msg: 'the message' },
  examples: `- debug:
    msg: "{{ inventory_hostname }} has {{ ansible_processor_vcpus }} processors"`,
  probe: (params, { controller, verbosity, rawArguments, at }) => {
    if (params.verbosity > verbosity) {
      return { isChanged: false, skipReason: `Verbosity threshold not met.` }
    }
    const name = rawArguments.get('var')
    if (name !== undefined && params.msg !== undefined) {
      return { failure: 'msg and var exclude each other' }
    }
    if (name === undefined) return { result: { msg: params.msg ?? 'Hello world!' } }
    const words = name instanceof Template ? name.source : str(name)
    const source = words.includes('{{') ? words : `{{ ${words} }}`
    const value = valueOf(new Template(source, at), controller)
    return { result: { [words]: value } }
  },
})

/** What is not there is told, not refused: that is what one prints variables for. */
function valueOf(template: Template, controller: Controller): Value {
  try {
    return controller.render(template)
  } catch (error) {
    const isMissing = error instanceof ClusterError && error.code === 'TEMPLATE_UNDEFINED'
    if (!isMissing) throw error
    return 'VARIABLE IS NOT DEFINED!'
  }
}

export const fail = defineModule({
  name: 'fail',
  summary: 'Fail with a message.',
  params: z.object({ msg: text().default('Failed as requested from task').describe('why') }),
  effect: 'none',
  returns: {},
  examples: `- fail:
    msg: this playbook is for Debian
  when: ansible_os_family != "Debian"`,
  probe: (params) => ({ failure: params.msg }),
})

export const assert = defineModule({
  name: 'assert',
  summary: 'Fail unless conditions hold.',
  params: z.object({
    that: raw()
      .refine((value) => value !== undefined)
      .describe('a condition or a list of them, as in when'),
    fail_msg: raw().optional().describe('what to say when one does not hold'),
    success_msg: raw().optional().describe('what to say when all hold'),
    quiet: bool().default(false).describe('say less'),
  }),
  aliases: { msg: 'fail_msg' },
  rawParams: ['that', 'fail_msg', 'success_msg'],
  effect: 'none',
  returns: { assertion: 'the condition that does not hold', evaluated_to: 'false' },
  examples: `- assert:
    that:
      - port | int > 1023
      - name is match("^[a-z]+$")
    fail_msg: "{{ name }} on port {{ port }} cannot be"`,
  probe: (_params, { controller, rawArguments }): Outcome => {
    const that = rawArguments.get('that') ?? true
    const say = (name: string): Value => controller.render(rawArguments.get(name) ?? null)
    for (const condition of Array.isArray(that) ? that : [that]) {
      const truth = controller.truth(condition)
      if (truth instanceof Unknown) return { isChanged: truth }
      if (!truth) {
        const message = say('fail_msg')
        const failure = Array.isArray(message) ? message.map(str).join('\n') : message
        return {
          failure: typeof failure === 'string' ? failure : 'Assertion failed',
          result: {
            assertion: condition instanceof Template ? condition.source : condition,
            evaluated_to: false,
            origins: controller.explain(condition),
          },
        }
      }
    }
    const message = say('success_msg')
    return { result: { msg: message === null ? 'All assertions passed' : message } }
  },
})
