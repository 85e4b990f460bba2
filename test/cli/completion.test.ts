// Goal: what may stand next is what the shell offers. Method: words as the scripts hand them over,
// and the script for bash in a real bash, with this checkout as the command.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/completion', { timeoutMs: 30_000 })

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-completion-'))
test.after(() => rmSync(folder, { recursive: true }))
const BOOK = join(folder, 'p.yml')
const STEERING = join(folder, 'steering.yml')
const INVENTORY = join(folder, 'inv.ini')
writeFileSync(
  BOOK,
  '- hosts: all\n  tasks:\n    - { name: One, ping: , tags: [a, b] }\n    - { name: Two, ping: }\n',
)
writeFileSync(STEERING, '- hosts: all\n  tasks: [{ ping: , tags: ["a\\e[2J", "b\\nc", plain] }]\n')
writeFileSync(INVENTORY, '[web]\nweb1\n[data]\ndb1\n')
symlinkSync(resolve('agent/cluster-os.mjs'), join(folder, 'cluster-os'))

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['commands', ['ex'], ['exec', 'explain']],
  ['no command that only scripts need', ['comple'], ['completion']],
  ['flags', ['run', '--sta'], ['--start-at-task']],
  ['outputs', ['run', '--output', 'js'], ['json', 'jsonl']],
  ['outputs of other commands', ['lint', '--output', ''], ['json', 'text']],
  ['modules of doc', ['doc', 'import_'], ['import_role', 'import_tasks']],
  ['modules of exec', ['exec', 'all', '-m', 'pin'], ['ping']],
  ['hosts and groups', ['run', BOOK, '-i', INVENTORY, '-l', 'we'], ['web', 'web1']],
  ['further hosts', ['run', '-i', INVENTORY, '-l', 'web:!d'], ['web:!data', 'web:!db1']],
  ['a pattern', ['exec', '-i', INVENTORY, 'd'], ['data', 'db1']],
  ['tags', ['run', BOOK, '-t', ''], ['a', 'b']],
  ['tasks', ['run', BOOK, '--start-at-task', ''], ['One', 'Two']],
  ['actions of vault', ['vault', 'enc'], ['encrypt', 'encrypt-string']],
  ['no names that steer a terminal', ['run', STEERING, '-t', ''], ['plain']],
  ['hosts of the settings', ['inventory', '--host', 'we'], ['web', 'web1']],
  ['outputs of runs', ['resume', '--output', 'j'], ['json', 'jsonl', 'junit']],
  ['shells', ['completion', ''], ['bash', 'fish', 'zsh']],
  ['nothing for files', ['run', ''], []],
  ['nothing where an inventory is broken', ['run', '-i', BOOK, '-l', ''], []],
]

const environment = (name: string): string | undefined =>
  name === 'ANSIBLE_INVENTORY' ? INVENTORY : undefined

for (const [what, words, expected] of CASES) {
  test(`${what} are offered: ${words.length} words`, async () => {
    const { stdout, error } = await callCli(['complete', '--', ...words], { environment })
    assert.equal(error, undefined)
    assert.deepEqual(
      stdout.split('\n').filter((word) => word !== ''),
      expected,
    )
  })
}

/** What bash would offer for a line, by the script. */
function inBash(words: readonly string[]): string[] {
  const quoted = ['cluster-os', ...words].map((word) => `'${word}'`).join(' ')
  const lines = [
    'source <(cluster-os completion bash)',
    `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}`,
    '_cluster_os; printf "%s\\n" "${COMPREPLY[@]}"',
  ]
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
  const { stdout } = spawnSync('bash', ['-c', lines.join('\n')], { env, encoding: 'utf8' })
  return stdout.split('\n').filter((word) => word !== '')
}

test('bash offers commands, values, and files where nothing else fits', () => {
  assert.deepEqual(inBash(['expl']), ['explain'])
  assert.deepEqual(inBash(['run', BOOK, '-i', INVENTORY, '--limit', 'web1']), ['web1'])
  assert.deepEqual(inBash(['run', join(folder, 'p')]), [BOOK])
})

for (const shell of ['zsh', 'fish']) {
  const isThere = spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0
  if (!isThere) continue
  test(`${shell} reads its script`, async () => {
    const { stdout } = await callCli(['completion', shell])
    assert.equal(spawnSync(shell, ['-n'], { input: stdout }).status, 0)
  })
}

test.run()
