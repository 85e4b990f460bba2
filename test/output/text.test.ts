// Goal: a run as text says what ansible-playbook says, no more. Method: tasks on this machine, each
// with the lines that it is told with.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { runLocal } from '../playbook/local.ts'

const test = suite('output/text')

const X = { a: 1, b: [true, null, "it's", 1.5] }

async function lines(task: Record<string, unknown>, args: readonly string[] = []) {
  const plays = [{ vars: { x: X, n: 3 }, tasks: [{ name: 'told', ...task }] }]
  const { stdout } = await runLocal({ plays, args, output: 'text' })
  return stdout.replace(/^[\s\S]*TASK \[told\] \*+\n/, '').replace(/\nPLAY RECAP[\s\S]*$/, '')
}

const CASES: readonly (readonly [string, Record<string, unknown>, string])[] = [
  [
    'debug in a loop shows its message alone',
    {
      debug: { msg: 'hi {{ item }}' },
      loop: [1],
      loop_control: { index_var: 'i', extended: true },
    },
    'ok: [h] => (item=1) => {\n    "msg": "hi 1"\n}\n',
  ],
  [
    'debug of a variable in a loop shows the variable alone',
    { debug: { var: 'n' }, loop: [1] },
    'ok: [h] => (item=1) => {\n    "n": 3\n}\n',
  ],
  [
    'debug of the item shows it',
    { debug: { var: 'item' }, loop: [1] },
    'ok: [h] => (item=1) => {\n    "item": 1\n}\n',
  ],
  [
    'debug shows variables whatever their names',
    { debug: { var: 'ansible_check_mode' } },
    'ok: [h] => {\n    "ansible_check_mode": false\n}\n',
  ],
  [
    'the label of a dict is spelt as in Python',
    { command: 'true', loop: ['{{ x }}'] },
    `changed: [h] => (item={'a': 1, 'b': [True, None, "it's", 1.5]})\n`,
  ],
  [
    'the labels of a float and of a truth are spelt as in Python',
    { command: 'true', loop: ['{{ 2.0 }}', true] },
    'changed: [h] => (item=2.0)\nchanged: [h] => (item=True)\n',
  ],
  [
    'assert says that all holds',
    { assert: { that: 'n == 3' } },
    'ok: [h] => {\n    "msg": "All assertions passed"\n}\n',
  ],
  [
    'assert says what it was told to say',
    { assert: { that: 'n == item', success_msg: 'n is {{ n }}' }, loop: [3] },
    'ok: [h] => (item=3) => {\n    "msg": "n is 3"\n}\n',
  ],
  ['a quiet assert says nothing', { assert: { that: 'n == 3', quiet: 'yes' } }, 'ok: [h]\n'],
]

for (const [what, task, told] of CASES) {
  test(what, async () => assert.equal(await lines(task), told))
}

test('a failed assert says its message', async () => {
  const task = { assert: { that: 'n == 4', fail_msg: 'n is {{ n }}' } }
  assert.match(await lines(task), /^fatal: \[h\]: FAILED! => \{.*"msg":"n is 3"/)
})

test.run()
