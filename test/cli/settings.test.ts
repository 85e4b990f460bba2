// Goal: settings come from where Ansible users keep them, the nearest to the person wins, and what
// is not read is told. Method: folders of files, an environment of our own, the flags that result.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CommandContext } from '../../agent/src/commands/context.ts'
import type { Flags } from '../../agent/src/commands/flags.ts'
import { SETTINGS, withSettings } from '../../agent/src/commands/settings.ts'
import { ClusterError } from '../../agent/src/errors.ts'
import { HONOURED, LETTERS, WITHOUT_EFFECT } from '../../agent/src/host/ssh-arguments.ts'
import { makePaint } from '../../agent/src/output/paint.ts'
import { Secrets } from '../../agent/src/vault/secrets.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/settings')

interface Trial {
  readonly files?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly flags?: Partial<Flags>
}

let folder = ''

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-os-settings-'))
})

test.after.each(() => {
  rmSync(folder, { recursive: true })
})

function at(name: string): string {
  return join(folder, name)
}

/** The flags that come out, and what was warned of. FOLDER stands for the folder of the files. */
function settle(trial: Trial): { flags: Flags; warnings: string } {
  for (const [name, text] of Object.entries(trial.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  let warnings = ''
  const given = { HOME: join(folder, 'home'), ANSIBLE_CONFIG: join(folder, 'a.cfg') }
  const variables = new Map(Object.entries({ ...given, ...trial.environment }))
  const context: CommandContext = {
    write: () => {},
    writeError: (text) => {
      warnings += text
    },
    isTerminal: false,
    isInputTerminal: false,
    ask: undefined,
    columns: 79,
    paint: makePaint(false, true, false),
    signal: new AbortController().signal,
    environment: (name) => variables.get(name)?.replace('FOLDER', folder),
    secrets: new Secrets(),
    askSecret: () => Promise.reject(new Error('nobody to ask')),
  }
  return { flags: withSettings({ verbosity: 0, ...trial.flags }, context), warnings }
}

const OURS = { CLUSTER_OS_CONFIG: 'FOLDER/cluster-os.yml' }

const PLACES: readonly (readonly [string, Trial, string | undefined])[] = [
  ['ansible.cfg', { files: { 'a.cfg': '[defaults]\nforks = 3 ; few\n' } }, '3'],
  ['~/.ansible.cfg', { files: { 'home/.ansible.cfg': '[defaults]\nforks=4\n' } }, '4'],
  [
    'cluster-os.yml above ansible.cfg',
    {
      files: { 'a.cfg': '[defaults]\nforks=3\n', 'cluster-os.yml': 'forks: 5\n' },
      environment: OURS,
    },
    '5',
  ],
  [
    'the environment above files',
    { files: { 'cluster-os.yml': 'forks: 5\n' }, environment: { ...OURS, ANSIBLE_FORKS: '6' } },
    '6',
  ],
  ['a flag above all', { environment: { ANSIBLE_FORKS: '6' }, flags: { forks: '7' } }, '7'],
]

for (const [what, trial, forks] of PLACES) {
  test(`forks come from ${what}`, () => {
    assert.equal(settle(trial).flags.forks, forks)
  })
}

const KEY_CHECKS: readonly (readonly [string, Trial])[] = [
  ['[ssh_connection]', { files: { 'a.cfg': '[ssh_connection]\nhost_key_checking = no\n' } }],
  [
    '[ssh_connection] before [defaults]',
    {
      files: {
        'a.cfg': '[defaults]\nhost_key_checking=yes\n[ssh_connection]\nhost_key_checking=no\n',
      },
    },
  ],
  [
    'ANSIBLE_SSH_HOST_KEY_CHECKING before ANSIBLE_HOST_KEY_CHECKING',
    { environment: { ANSIBLE_SSH_HOST_KEY_CHECKING: 'no', ANSIBLE_HOST_KEY_CHECKING: 'yes' } },
  ],
]

for (const [what, trial] of KEY_CHECKS) {
  test(`whether host keys are checked is said by ${what}`, () => {
    assert.equal(settle(trial).flags.hostKeyChecking, 'no')
  })
}

test('every kind of setting is read, with paths from the folder of its file', () => {
  const cfg = [
    '[defaults]\ninventory = hosts, more/hosts\nroles_path = roles:~/r\nremote_user: ann',
    'vault_identity_list = lab@pw, prompt\nvault_password_file = ./pw\nprivate_key_file = ~/k',
    'host_key_checking = False\ntransport = smart\nansible_managed = by hand',
    '[privilege_escalation]\nbecome = yes\nbecome_user = bob\nbecome_ask_pass = no',
    '[ssh_connection]\nssh_common_args = -o ProxyJump=x\nssh_args = -C -o ControlMaster=auto -o ControlPersist=60s\n[diff]\nalways = true\n',
  ].join('\n')
  const { flags, warnings } = settle({ files: { 'a.cfg': cfg } })
  assert.deepEqual(flags, {
    verbosity: 0,
    configFile: at('a.cfg'),
    inventory: [at('hosts'), at('more/hosts')],
    rolesPath: `${at('roles')}:${at('home/r')}`,
    user: 'ann',
    vaultId: [`lab@${at('pw')}`, 'prompt'],
    vaultPasswordFile: [at('pw')],
    privateKey: at('home/k'),
    hostKeyChecking: 'False',
    managed: 'by hand',
    become: true,
    becomeUser: 'bob',
    sshArgs: '-C -o ControlMaster=auto -o ControlPersist=60s',
    sshCommonArgs: '-o ProxyJump=x',
    diff: true,
  })
  assert.equal(warnings, '')
})

test('passwords of vaults in the settings are tried beside those of the command line', () => {
  const cfg = '[defaults]\nvault_identity_list = lab@pw, prompt\nvault_password_file = gone'
  const flags = { vaultPasswordFile: ['mine'], vaultId: [`lab@${at('pw')}`, 'x@mine'] }
  const settled = settle({ files: { 'a.cfg': cfg, pw: 'x' }, flags })
  assert.deepEqual(settled.flags.vaultId, [`lab@${at('pw')}`, 'x@mine', 'prompt'])
  assert.deepEqual(settled.flags.vaultPasswordFile, ['mine'])
  assert.match(settled.warnings, /vault_password_file: there is no .*gone\n/)
  const both = settle({ files: { 'a.cfg': cfg, gone: 'x' }, flags })
  assert.deepEqual(both.flags.vaultPasswordFile, ['mine', at('gone')])
})

test('a setting of ansible.cfg that would change the meaning is told once, with its line', () => {
  const { warnings } = settle({ files: { 'a.cfg': '[defaults]\n\njinja2_native = true\n' } })
  assert.match(warnings, /^warning: .*a\.cfg:3: defaults\.jinja2_native is not read: .*\n$/)
})

const REFUSED: readonly (readonly [string, Trial, RegExp])[] = [
  ['merge', { files: { 'a.cfg': '[defaults]\nhash_behaviour=merge\n' } }, /a\.cfg:2:1.*combine/],
  ['merge by variable', { environment: { ANSIBLE_HASH_BEHAVIOUR: 'merge' } }, /combine/],
  [
    'an unknown name',
    { files: { 'cluster-os.yml': 'a: 1\nfroks: 1\n' }, environment: OURS },
    /there is no setting a/,
  ],
  [
    'a slip',
    { files: { 'cluster-os.yml': 'froks: 1\n' }, environment: OURS },
    /cluster-os\.yml:1:1.*did you mean forks/,
  ],
  [
    'a value of another kind',
    { files: { 'cluster-os.yml': 'become: maybe\n' }, environment: OURS },
    /become is true or false/,
  ],
]

for (const [what, trial, words] of REFUSED) {
  test(`${what} is refused at its place`, () => {
    try {
      settle(trial)
    } catch (error) {
      assert.ok(error instanceof ClusterError && error.code === 'SETTINGS')
      const { where } = error
      const place =
        where !== undefined && 'line' in where ? `${where.file}:${where.line}:${where.column}` : ''
      assert.match(`${place} ${error.message} ${error.hint}`, words)
      return
    }
    assert.fail('nothing was refused')
  })
}

test('an ansible.cfg in a folder that all may write in is passed over', () => {
  const before = process.cwd()
  writeFileSync(join(folder, 'ansible.cfg'), '[defaults]\nforks = 9\n')
  try {
    process.chdir(folder)
    assert.equal(settle({}).flags.forks, '9')
    chmodSync(folder, 0o777)
    const { flags, warnings } = settle({})
    assert.equal(flags.forks, undefined)
    assert.match(warnings, /all may write in this folder/)
  } finally {
    process.chdir(before)
  }
})

/** Nobody listens there: what is told of the connection shows which port was meant. */
const PORTS: readonly (readonly [string, string, string])[] = [
  ['are options of every connection', '', '1'],
  ['come before other arguments of a host', ' ansible_ssh_common_args="-o Port=2"', '1'],
  ['give way to those of a host', ' ansible_ssh_args="-o Port=2"', '2'],
]

for (const [what, variables, port] of PORTS) {
  test(`ssh_args with options of kept connections ${what}`, async () => {
    const hosts = at('hosts.ini')
    writeFileSync(hosts, `h ansible_host=127.0.0.1${variables}\n`)
    const args = '-C -o ControlMaster=auto -o ControlPersist=60s -o Port=1'
    const environment = (name: string) => (name === 'ANSIBLE_SSH_ARGS' ? args : undefined)
    const words = ['exec', 'all', '-i', hosts, '-m', 'ping']
    const { exitCode, stdout } = await callCli(words, { environment })
    assert.equal(exitCode, 4)
    assert.match(stdout, new RegExp(`127\\.0\\.0\\.1:${port}\\b`))
  })
}

test('of two names for one way to reach a host that of ssh wins', async () => {
  const hosts = at('hosts.ini')
  const names =
    'ansible_host=127.0.0.9 ansible_ssh_host=127.0.0.1 ansible_port=2 ansible_ssh_port=1'
  writeFileSync(hosts, `h ${names}\n`)
  const { stdout } = await callCli(['exec', 'all', '-i', hosts, '-m', 'ping'], {})
  assert.match(stdout, /127\.0\.0\.1:1\b/)
})

for (const variable of ['ansible_timeout', 'ansible_ssh_timeout']) {
  test(`${variable} is how long a host may take to answer, before --timeout`, async () => {
    let calls = 0
    const mute = createServer(() => {
      calls += 1
    })
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as AddressInfo
    const hosts = at('hosts.ini')
    const reach = `ansible_host=127.0.0.1 ansible_port=${port} ${variable}=1`
    writeFileSync(hosts, `h ${reach} ansible_ssh_common_args="-o ConnectTimeout=60"\n`)
    const words = ['exec', 'all', '-i', hosts, '-m', 'ping', '-T', '60']
    const { exitCode, stdout } = await callCli(words, {})
    assert.equal(exitCode, 4)
    assert.match(stdout, /Timed out/)
    assert.equal(calls, 1)
    mute.close()
  })
}

test('SSH arguments that mean nothing here are named, in ad-hoc commands and in plays', async () => {
  const hosts = at('hosts.ini')
  writeFileSync(hosts, 'h ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_extra_args="-A -4"\n')
  const book = at('named.yml')
  writeFileSync(book, '- hosts: all\n  gather_facts: false\n  tasks:\n    - ping:\n    - ping:\n')
  for (const words of [
    ['exec', 'all', '-m', 'ping'],
    ['run', book],
  ]) {
    const { stdout } = await callCli([...words, '-i', hosts], {})
    const told = stdout.match(/SSH arguments of h that mean nothing here: -A, -4\n/g)
    assert.equal(told?.length, 1, stdout)
  }
})

test('the page about settings has every one of them', () => {
  const page = readFileSync('docs/settings.md', 'utf8')
  for (const { name, section = 'defaults', cfg = name, about } of SETTINGS) {
    assert.ok(page.includes(`| ${name} | [${section}] ${cfg} | ${about} |`), name)
  }
})

test('the page about settings has every option of OpenSSH that counts, and no other', () => {
  const page = readFileSync('docs/settings.md', 'utf8').split('## Options of OpenSSH')[1] ?? ''
  const rows = [...page.matchAll(/^\| (\w*) ?\|(?: -(\w))? \| \S/gm)].map(
    ([, word = '', letter = '']) => ({
      key: word === '' ? LETTERS[letter] : word.toLowerCase(),
      letter,
    }),
  )
  assert.deepEqual(new Set(rows.map(({ key }) => key)), HONOURED)
  for (const [letter, key] of Object.entries(LETTERS)) {
    assert.equal(rows.find((row) => row.key === key)?.letter, letter)
  }
  const [, silent = ''] = /^Passed over without a word, .* and\n(.*?)\.\n\n/ms.exec(page) ?? []
  assert.deepEqual(silent.toLowerCase().split(/,\s/), [...WITHOUT_EFFECT])
})

test.run()
