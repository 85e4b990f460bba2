// Goal: a host is reached as OpenSSH would reach it, with the inventory's word first. Method:
// ssh_config files and arguments in a folder of the test's own.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveSshOptions, type SshWishes } from '../../agent/src/host/ssh-options.ts'
import { suite } from '../harness.ts'

const test = suite('host/ssh-options')

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-ssh-'))
const config = join(folder, 'config')
mkdirSync(join(folder, 'more'))
writeFileSync(
  config,
  [
    `Include ${join(folder, 'more/*.conf')}`,
    'Host node1 alias',
    '  HostName 10.0.0.1',
    '  Port 2201',
    '  User ada',
    '  IdentityFile /keys/one',
    '  IdentityFile /keys/two',
    'Host behind',
    '  ProxyJump ops@gate:2200',
    'Host circle',
    '  ProxyJump circle',
    'Host piped',
    '  HostName 10.0.0.3',
    '  ProxyCommand nc -x "a proxy" %h %p %r %n %%',
    '  ProxyJump gate',
    'Host renamed',
    '  HostKeyAlias kept-key',
    '  ProxyCommand nc %k',
    'Host direct',
    '  ProxyCommand none',
    '  ProxyJump gate',
    'Host spelled',
    '  port 2222',
    '  identityfile /keys/small',
    'Host *',
    '  Port 22',
    '  User everybody',
    '  ConnectTimeout 7',
  ].join('\n'),
)
writeFileSync(join(folder, 'more/a.conf'), 'Host included\n  HostName 10.0.0.9\n')
test.after(() => rmSync(folder, { recursive: true }))

function resolve(name: string, wishes: Partial<SshWishes> = {}) {
  const args = `-F ${config} ${wishes.arguments ?? ''}`
  return resolveSshOptions(name, { ...wishes, arguments: args })
}

test('ssh_config gives address, port, user, keys and time', () => {
  const options = resolve('alias')
  assert.equal(options.address, '10.0.0.1')
  assert.equal(options.port, 2201)
  assert.equal(options.user, 'ada')
  assert.deepEqual(options.keyFiles, ['/keys/one', '/keys/two'])
  assert.equal(options.areKeysRequired, false)
  assert.equal(options.connectLimitMs, 7000)
})

test('the inventory wins over ssh_config', () => {
  const options = resolve('node1', { user: 'root', port: 22, keyFile: '/keys/mine' })
  assert.equal(options.user, 'root')
  assert.equal(options.port, 22)
  assert.deepEqual(options.keyFiles, ['/keys/mine'])
  assert.equal(options.areKeysRequired, true)
})

const STRANGE = [
  '-oProxyCommand=x',
  'a;touch x',
  '$(id)',
  '`id`',
  'a b',
  'a\nb',
  'a|b',
  'a,b',
  "a'b",
]

for (const word of STRANGE) {
  test(`no host is at ${JSON.stringify(word)}, whatever runs or is written with it`, () => {
    const refused = { code: 'INVENTORY', message: /is no address for SSH/ }
    assert.throws(() => resolve('node1', { address: word }), refused)
    assert.throws(() => resolve(word), refused)
    const args = `-o "HostKeyAlias=${word.replaceAll('"', '')}"`
    if (!/[\s'`$]/.test(word)) assert.throws(() => resolve('node1', { arguments: args }), refused)
  })
}

for (const word of ['-x', 'a;b', '$(id)', '`id`', 'a\nb', "a'b"]) {
  test(`nobody logs in as ${JSON.stringify(word)}`, () => {
    assert.throws(() => resolve('node1', { user: word }), /is no user for SSH/)
  })
}

test('a user of a Windows domain and an address with a zone are what they are', () => {
  const { user, address } = resolve('x', { user: 'LAB\\ada', address: 'fe80::1%eth0' })
  assert.deepEqual([user, address], ['LAB\\ada', 'fe80::1%eth0'])
})

test('a port that is none is refused', () => {
  assert.throws(() => resolve('node1', { arguments: '-o Port=ssh' }), /"ssh" is no port/)
})

const TIMES: readonly (readonly [string, Partial<SshWishes>, number])[] = [
  ['ssh_args before all', { firstArguments: '-o ConnectTimeout=1', connectLimitMs: 2_000 }, 1],
  ['what is said before other arguments', { connectLimitMs: 2_000 }, 2],
  ['other arguments', {}, 3],
]

for (const [what, wishes, seconds] of TIMES) {
  test(`of several times that connecting may take there counts ${what}`, () => {
    const options = resolve('node1', { arguments: '-o ConnectTimeout=3', ...wishes })
    assert.equal(options.connectLimitMs, seconds * 1000)
  })
}

function limitOf(args: string): number {
  return resolveSshOptions('h', { arguments: `-F none ${args}` }).connectLimitMs
}

test('connecting may take ten seconds where nobody says more, and times have units', () => {
  assert.equal(limitOf(''), 10_000)
  assert.equal(limitOf('-o ConnectTimeout=1m30s'), 90_000)
  for (const forever of ['none', '9w']) {
    assert.equal(limitOf(`-o ConnectTimeout=${forever}`), 86_400_000)
  }
})

test('a time that is none is refused', () => {
  const refused = { code: 'INVENTORY', message: /the time that connecting may take is none/ }
  for (const connectLimitMs of [0, -1000, Number.NaN]) {
    assert.throws(() => resolve('node1', { connectLimitMs }), refused)
  }
  assert.throws(() => resolve('node1', { arguments: '-o ConnectTimeout=soon' }), refused)
})

test('keywords of ssh_config are the same in capitals and without, and the first counts', () => {
  const { port, keyFiles } = resolve('spelled')
  assert.deepEqual([port, keyFiles], [2222, ['/keys/small']])
})

test('an included file is read', () => {
  assert.equal(resolve('included').address, '10.0.0.9')
})

test('arguments in the spelling of ssh win over ssh_config', () => {
  const options = resolve('node1', {
    arguments: '-o Port=2299 -o "User=eve" -o StrictHostKeyChecking=accept-new -i /keys/three',
  })
  assert.equal(options.port, 2299)
  assert.equal(options.user, 'eve')
  assert.equal(options.hostKeyChecking, 'accept-new')
  assert.deepEqual(options.keyFiles, ['/keys/three'])
})

test('a jump host has its own user and port', () => {
  const { jump } = resolve('behind')
  assert.equal(jump?.address, 'gate')
  assert.equal(jump?.port, 2200)
  assert.equal(jump?.user, 'ops')
})

test('several jumps are passed in their order', () => {
  const { jump } = resolve('node1', { arguments: '-J first,second:2202' })
  assert.equal(jump?.address, 'second')
  assert.equal(jump?.jump?.address, 'first')
})

test('jumps that lead in a circle are refused', () => {
  assert.throws(() => resolve('circle'), /leads in a circle/)
})

test('host keys are checked unless it is said otherwise', () => {
  assert.equal(resolve('node1').hostKeyChecking, 'yes')
  assert.equal(resolve('node1', { isHostKeyChecked: false }).hostKeyChecking, 'no')
})

test('of an option that is given twice the first counts, as for ssh', () => {
  const args = { firstArguments: '-o Port=1', arguments: '-o Port=2 -o Port=3 -p 4' }
  assert.equal(resolve('node1', args).port, 1)
  assert.equal(resolve('node1', { arguments: args.arguments }).port, 2)
  const jumps = '-o ProxyCommand=none -J gate'
  assert.equal(resolve('node1', { arguments: jumps }).jump, undefined)
})

test('ssh_args come before the port and user of the inventory, other arguments behind them', () => {
  const words = '-o Port=1 -o User=eve -o StrictHostKeyChecking=yes'
  const wishes = { port: 2, user: 'ada', isHostKeyChecked: false }
  const first = resolve('h', { ...wishes, firstArguments: words })
  assert.deepEqual([first.port, first.user, first.hostKeyChecking], [1, 'eve', 'yes'])
  const more = resolve('h', { ...wishes, arguments: words })
  assert.deepEqual([more.port, more.user, more.hostKeyChecking], [2, 'ada', 'no'])
})

test('all identity files of the arguments are tried', () => {
  const args = { firstArguments: '-i /keys/a', arguments: '-o IdentityFile=/keys/b -i /keys/c' }
  assert.deepEqual(resolve('h', args).keyFiles, ['/keys/a', '/keys/b', '/keys/c'])
})

test('a ProxyCommand has its places filled, and wins over a jump behind it', () => {
  const piped = resolve('piped', { user: 'ada' })
  assert.equal(piped.proxyCommand, 'nc -x "a proxy" 10.0.0.3 22 ada piped %')
  assert.equal(piped.jump, undefined)
  const words = `-o ProxyCommand="ssh -o User=x -W '%h:%p' gate"`
  const given = resolve('h', { arguments: words, port: 2200 })
  assert.equal(given.proxyCommand, "ssh -o User=x -W 'h:2200' gate")
})

test('a HostKeyAlias is read, also from arguments', () => {
  const { hostKeyAlias, proxyCommand } = resolve('renamed')
  assert.deepEqual([hostKeyAlias, proxyCommand], ['kept-key', 'nc kept-key'])
  const given = resolve('h', { arguments: '-o HostKeyAlias=mine' })
  assert.deepEqual([given.hostKeyAlias, given.ignored], ['mine', []])
})

test('a ProxyCommand none is none, and keeps a jump behind it away', () => {
  const { proxyCommand, jump } = resolve('direct')
  assert.deepEqual([proxyCommand, jump], [undefined, undefined])
})

test('arguments that mean nothing here are named, those of kept connections are not', () => {
  const words = '-C -q -o ControlPersist=60s -o ForwardX11=no -A -o Ciphers=a,b -vL 1:h:2 -4'
  const { ignored } = resolve('h', { arguments: words, firstArguments: '-o "SendEnv A"' })
  assert.deepEqual(ignored, ['-o SendEnv A', '-A', '-o Ciphers=a,b', '-L 1:h:2', '-4'])
})

test('an option without a value is refused by name', () => {
  assert.throws(() => resolve('node1', { arguments: '-o' }), /needs a value/)
})

test.run()
