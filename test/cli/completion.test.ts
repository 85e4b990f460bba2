// Goal: what may stand next is what the shell offers. Method: words as the scripts hand them over,
// and the script for bash in a real bash, with this checkout as the command.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/completion', { timeoutMs: 30_000 })

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-completion-'))
test.after(() => rmSync(folder, { recursive: true }))
const BOOK = join(folder, 'p.yml')
const STEERING = join(folder, 'steering.yml')
const BLANK = join(folder, 'blank.yml')
const INVENTORY = join(folder, 'inv.ini')
writeFileSync(
  BOOK,
  '- hosts: all\n  tasks:\n    - { name: One, ping: , tags: [a, b] }\n    - { name: Two, ping: }\n',
)
writeFileSync(STEERING, '- hosts: all\n  tasks: [{ ping: , tags: ["a\\e[2J", "b\\nc", plain] }]\n')
writeFileSync(
  BLANK,
  '- hosts: all\n  tasks: [{ name: App one, ping: }, { name: "App : all *", ping: }]\n',
)
writeFileSync(INVENTORY, '[web]\nweb1 level=1\n[data]\ndb1\n[web:vars]\nlead=2\nother=3\n')
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
  ['variables of the inventory', ['explain', '-i', INVENTORY, 'var', 'le'], ['lead', 'level']],
  ['variables behind flags', ['explain', 'var', '-i', INVENTORY, 'le'], ['lead', 'level']],
  ['no variables where a playbook stands', ['explain', 'var', 'lead', 'le'], []],
  ['no host a second time', ['run', '-i', INVENTORY, '-l', 'web1,w'], ['web1,web']],
  ['values behind =', ['run', '-i', INVENTORY, '--limit=we'], ['--limit=web', '--limit=web1']],
  ['variables of the settings', ['explain', 'var', 'lev'], ['level']],
  ['names with blanks', ['run', BLANK, '--start-at-task', 'App\\ o'], ['App one']],
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

test('variables of the folder are offered, with an inventory and without', async () => {
  const before = process.cwd()
  for (const path of ['group_vars/web', 'roles/r/defaults']) {
    mkdirSync(join(folder, path), { recursive: true })
  }
  writeFileSync(join(folder, 'group_vars/all.yml'), 'near_all: 1\nfar: 2\n')
  writeFileSync(join(folder, 'group_vars/web/main.yml'), 'near_web: 1\n')
  writeFileSync(join(folder, 'group_vars/broken.yml'), 'near: [\n')
  writeFileSync(join(folder, 'roles/r/defaults/main.yml'), 'near_role: 1\n')
  writeFileSync(join(folder, 'site.yml'), '- hosts: all\n  vars: { near_play: 1 }\n')
  process.chdir(folder)
  try {
    const words = ['complete', '--', 'explain', 'var', 'near']
    const { stdout } = await callCli(words, { environment: () => undefined })
    const expected = ['near_all', 'near_play', 'near_role', 'near_web']
    assert.deepEqual(stdout.trim().split('\n'), expected)
    // The settings have an inventory, as most users' have.
    const settled = await callCli(words, { environment })
    assert.deepEqual(settled.stdout.trim().split('\n'), expected)
  } finally {
    process.chdir(before)
  }
})

/** What bash would put behind a line, by the script. */
function inBash(line: string): string[] {
  const lines = [
    'source <(cluster-os completion bash)',
    `COMP_LINE='cluster-os ${line.replaceAll("'", `'\\''`)} behind'`,
    `COMP_POINT=$((\${#COMP_LINE} - 7)); COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'`,
    '_cluster_os; printf "%s\\n" "${COMPREPLY[@]}"',
  ]
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
  const { stdout } = spawnSync('bash', ['-c', lines.join('\n')], {
    env,
    encoding: 'utf8',
    cwd: folder,
  })
  return stdout.split('\n').filter((word) => word !== '')
}

test('bash offers commands and values, and its own files where nothing else fits', async () => {
  assert.deepEqual(inBash('expl'), ['explain'])
  assert.deepEqual(inBash(`run ${BOOK} -i ${INVENTORY} --limit web1`), ['web1'])
  assert.deepEqual(inBash(`run ${join(folder, 'p')}`), [])
  assert.match((await callCli(['completion', 'bash'])).stdout, /^complete .*-o default /m)
})

const BLANKS: readonly (readonly [string, string, readonly string[]])[] = [
  ['without quotes', 'App\\ ', ['App : all *', 'App one']],
  ['in quotes that are open', '"App o', ['App one']],
  ['in quotes of the other kind', "'App o", ['App one']],
  ['behind a colon, where bash begins a word', 'App\\ :', [' all *']],
  ['behind a colon in quotes, where it does not', '"App :', ['App : all *']],
]

for (const [how, typed, expected] of BLANKS) {
  test(`names with blanks and stars are offered as they are: ${how}`, () => {
    assert.deepEqual(inBash(`run ${BLANK} --start-at-task ${typed}`), expected)
  })
}

for (const shell of ['zsh', 'fish']) {
  const isThere = spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0
  if (!isThere) continue
  test(`${shell} reads its script`, async () => {
    const { stdout } = await callCli(['completion', shell])
    assert.equal(spawnSync(shell, ['-n'], { input: stdout }).status, 0)
  })
}

test.run()
