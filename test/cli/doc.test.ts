// Goal: doc explains modules, actions and keywords alike. Method: the command line in this process.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/doc')

const PAGES: readonly (readonly [string, RegExp])[] = [
  ['copy', /^# copy\n[^]*\| dest \|/],
  ['ansible.builtin.meta', /^# meta\n[^]*\| flush_handlers \|/],
  [
    'become',
    /^# become\n\nWork as another user\. .*\n\n\| stands on \| takes \|\n.*\n\| play, block/,
  ],
  ['strategy', /text: linear, free, host_pinned/],
]

for (const [name, page] of PAGES) {
  test(`doc ${name} is a page`, async () => {
    assert.match((await callCli(['doc', name])).stdout, page)
  })
}

test('doc --list has all with a summary', async () => {
  const { stdout } = await callCli(['doc', '--list'])
  for (const name of ['copy', 'add_host', 'serial']) {
    assert.match(stdout, new RegExp(`^ {2}${name} +\\S`, 'm'))
  }
})

test('doc loop_control has a line for each of its words', async () => {
  const { stdout } = await callCli(['doc', 'loop_control'])
  const words = 'loop_var index_var label pause extended extended_allitems break_when'
  for (const word of words.split(' ')) assert.match(stdout, new RegExp(`^\\| ${word} \\| \\w`, 'm'))
})

test('doc -l is doc --list', async () => {
  const { stdout } = await callCli(['doc', '-l'])
  assert.equal(stdout, (await callCli(['doc', '--list'])).stdout)
})

test('a name that there is none of is refused with the nearest', async () => {
  const { error } = await callCli(['doc', 'becom'])
  assert.match(JSON.stringify(error), /did you mean become\?/)
})

test.run()
