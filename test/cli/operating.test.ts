// Goal: an operator makes a cluster, seeds and revocations by commands that hold together, and no
// secret is shown. Method: the command line in this process, and what members make of what it
// wrote. Not here: what is refused (operatingmistakes.test.ts).
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Book } from '../../agent/src/identity/book.ts'
import { readCluster } from '../../agent/src/identity/clusterfile.ts'
import { isStrictKey, publicKeyOf } from '../../agent/src/identity/keys.ts'
import { openKey } from '../../agent/src/identity/sealed.ts'
import { readSeed } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import {
  at,
  call,
  done,
  failed,
  joined,
  lab,
  listing,
  PASSWORD,
  take,
  WITH,
  withHome,
} from './operator.ts'

const test = suite('cli/operating')
withHome(test)

test('init makes a folder for its owner alone, with keys that the password opens', () => {
  assert.equal(statSync(lab()).mode & 0o777, 0o700)
  for (const name of ['root.key', 'operator.key', 'cluster.yml']) {
    assert.equal(statSync(lab(name)).mode & 0o777, 0o600, name)
  }
  const cluster = readCluster(lab('cluster.yml'))
  const root = openKey(readFileSync(lab('root.key'), 'utf8'), 'root.key', 'root', PASSWORD)
  assert.deepEqual(publicKeyOf(root), cluster.clusterId)
  assert.equal(cluster.ipv4, 77)
})

test('init asks for the password twice, tells the id, and shows no secret', async () => {
  const called = await call('cluster init --name two --expires 12h', PASSWORD, PASSWORD)
  assert.equal(called.error, undefined)
  assert.deepEqual(called.asked, ['New password of the keys of two: ', 'The same once more: '])
  const cluster = readCluster(at('.cluster-os/two/cluster.yml'))
  assert.ok(called.stdout.includes(nodeIdOf(cluster.clusterId)))
  assert.match(called.stdout, /good until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
  assert.ok(!called.stdout.includes(Buffer.from(cluster.discoverySecret).toString('base64')))
  assert.ok(!called.stdout.includes(PASSWORD))
})

test('init --here makes this machine the first member, and keeps the root key elsewhere', async () => {
  mkdirSync(at('stick'))
  const words = `cluster init --here --name two --root-key HOME/stick/root.key --identity HOME/id`
  const said = await done(`${words} ${WITH}`)
  assert.match(said, /To bring in a second machine:\n {2}cluster-os seed create --cluster two -o/)
  assert.ok(existsSync(at('stick/root.key')))
  assert.ok(!existsSync(at('.cluster-os/two/root.key')))
  const store = new Store(at('id'))
  assert.equal(store.rootKeyPlace(), at('stick/root.key'))
  const cluster = readCluster(at('.cluster-os/two/cluster.yml'))
  assert.deepEqual(store.membership()?.clusterId, cluster.clusterId)
  const nodeId = nodeIdOf(publicKeyOf(store.seed()))
  assert.ok(said.includes(nodeId))
  const own = { clusterId: cluster.clusterId, suite: crypto, isKey: isStrictKey }
  const book = new Book({ ...own, self: nodeId, held: store.statements() })
  assert.equal(book.standing(nodeId), 'admitted')
  assert.ok(book.mayCoordinate(nodeId))
  assert.equal(readdirSync(at('.cluster-os/two')).includes('seeds'), false)
})

test('init --force keeps the folder that stood there beside the new one', async () => {
  const before = readFileSync(lab('root.key'))
  await done(`cluster init --name lab --force ${WITH}`)
  assert.notDeepEqual(readFileSync(lab('root.key')), before)
  const old = readdirSync(at('.cluster-os')).find((name) => name.startsWith('.lab-')) ?? ''
  assert.deepEqual(readFileSync(at('.cluster-os', old, 'root.key')), before)
  assert.match(await done('seed list'), /^$/)
})

test('init --force keeps the root key that stood at another place, and says where', async () => {
  await done(`cluster init --name two --root-key HOME/stick.key ${WITH}`)
  const before = readFileSync(at('stick.key'))
  const said = await done(`cluster init --name two --root-key HOME/stick.key --force ${WITH}`)
  const [, aside = ''] = /^the root key that was at .* is now (.*)$/m.exec(said) ?? []
  assert.match(aside, /stick\.key-[0-9]+$/)
  assert.deepEqual(readFileSync(aside), before)
  assert.equal(statSync(aside).mode & 0o777, 0o600)
  assert.notDeepEqual(readFileSync(at('stick.key')), before)
})

test('a rotation onto the very file of the root key keeps that key', async () => {
  const before = readFileSync(lab('root.key'))
  const same = `--new-root-key ${lab('root.key')} --new-password-file HOME/pw --force ${WITH}`
  const words = `cluster rotate-root ${same}`
  const said = await done(words)
  const [, aside = ''] = /^the root key that was at .* is now (.*)$/m.exec(said) ?? []
  assert.deepEqual(readFileSync(aside), before)
  // Within one second too.
  await done(`${words} --root-key ${lab('root.key')}`)
  const keys = readdirSync(lab()).filter((name) => name.startsWith('root.key'))
  assert.equal(keys.length, 3)
  assert.deepEqual(readFileSync(aside), before)
})

test('an operator that is made with --force into a folder of keys keeps the key there', async () => {
  const before = readFileSync(lab('operator.key'))
  await done(`operator add ada -o ${lab()} --force ${WITH} --new-password-file HOME/pw`)
  const [aside = ''] = readdirSync(lab()).filter((name) => name.startsWith('operator.key-'))
  assert.deepEqual(readFileSync(lab(aside)), before)
})

test('a seed lets a machine in, and the machine is a member for others', () => {
  assert.equal(statSync(at('first.yml')).mode & 0o777, 0o600)
  const { book, id } = joined()
  assert.equal(book.standing(id), 'admitted')
})

test('a seed says what was asked for', async () => {
  const bounds = '--most-joins 5 --most-coordinators 3 --no-coordinate --roles web,slurm --expect 4'
  const places =
    '--hint 10.0.0.1 --hint [fd00::1]:7000 --wifi-ssid lab --wifi-password-file HOME/pw'
  await done(`seed create usb -o HOME/usb.yml --expires 52w ${bounds} ${places} ${WITH}`)
  const seed = readSeed(at('usb.yml'))
  const { body } = seed.delegation
  assert.equal(body.mostJoins, 5)
  assert.equal(body.mostCoordinators, 3)
  assert.equal(body.mayCoordinate, false)
  assert.deepEqual(body.roles, ['slurm', 'web'])
  assert.equal(body.expectedMembers, 4)
  assert.equal(body.name, 'usb')
  assert.deepEqual(
    seed.hints.map(({ host, port }) => [host, port]),
    [
      ['10.0.0.1', 4665],
      ['fd00::1', 7000],
    ],
  )
  assert.deepEqual(seed.wifi, { ssid: 'lab', password: PASSWORD })
  assert.equal(seed.ipv4, 77)
})

test('a seed without words is bounded in time and in machines, and has a name', async () => {
  await done(`seed create -o HOME/s.yml ${WITH}`)
  const { body } = readSeed(at('s.yml')).delegation
  assert.equal(body.name, 'seed-2')
  assert.equal(body.mostJoins, 256)
  assert.equal(body.mayCoordinate, true)
  const lasts = body.notAfter - Math.floor(Date.now() / 1000)
  assert.ok(lasts > 7 * 86_400 - 60 && lasts <= 7 * 86_400)
})

test('the secret of a seed is in its file and nowhere in the folder of the operator', async () => {
  const said = await done(`seed create usb -o HOME/usb.yml ${WITH}`)
  const { admissionSecret } = readSeed(at('usb.yml'))
  const base64 = Buffer.from(admissionSecret).toString('base64')
  assert.ok(!said.includes(base64))
  rmSync(at('usb.yml'))
  for (const line of listing()) {
    assert.ok(!line.includes(Buffer.from(admissionSecret).toString('hex')))
    assert.ok(!line.includes(Buffer.from(base64).toString('hex')))
  }
})

test('seed list tells names, states and dates in UTC', async () => {
  assert.match(
    await done('seed list'),
    /^first: valid, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, machines: 256\n$/,
  )
  await done(`seed revoke first ${WITH}`)
  assert.match(await done('seed list'), /^first: revoked, /)
})

test('revoke writes a statement that members take', async () => {
  const { book, id } = joined()
  const said = await done(`revoke ${id} ${WITH}`)
  const [, path = ''] = /^written: (.*)\n/.exec(said) ?? []
  assert.match(said, /cluster-os statement add FILE/)
  assert.equal(take(book, path), 'new')
  assert.equal(book.standing(id), 'revoked')
})

test('seed revoke keeps what the seed has let in, and takes it where asked', async () => {
  const { book, id } = joined()
  await done(`seed revoke first ${WITH}`)
  assert.equal(take(book, lab('revocations/seed-first.statement')), 'new')
  assert.equal(book.standing(id), 'admitted')
  await done(`seed revoke first --take-admitted ${WITH}`)
  assert.equal(take(book, lab('revocations/seed-first-and-admitted.statement')), 'new')
  assert.equal(book.standing(id), 'revoked')
})

test('another operator works from the folder that was handed over, until it is revoked', async () => {
  await done(`operator add ada -o HOME/for-ada ${WITH} --new-password-file HOME/pw`)
  assert.deepEqual(readdirSync(at('for-ada')).toSorted(), ['cluster.yml', 'operator.key'])
  assert.match(await done('operator list'), /^operator: valid, .*\nada: valid, until .* UTC\n$/)
  cpSync(at('for-ada'), at('.cluster-os/ada'), { recursive: true })
  await done(`seed create -o HOME/a.yml --cluster ada ${WITH}`)
  const seed = readSeed(at('a.yml'))
  assert.equal(seed.operator.body.name, 'ada')
  const { book } = joined()
  for (const paper of [seed.operator, seed.delegation]) assert.equal(book.add(paper).kind, 'new')
  await done(`operator revoke ada --cluster lab ${WITH}`)
  assert.equal(take(book, lab('revocations/operator-ada.statement')), 'new')
  assert.match(await done('operator list --cluster lab'), /\nada: revoked/)
})

test('a rotated root makes operators that members take, and the old key opens nothing', async () => {
  const words = `cluster rotate-root ${WITH} --new-password-file HOME/pw`
  await done(words)
  assert.ok(existsSync(lab('root-1.key')))
  await done(`operator add ada -o HOME/for-ada ${WITH} --new-password-file HOME/pw`)
  const { book } = joined()
  assert.equal(take(book, lab('operators/ada.statement')), 'refused')
  assert.equal(take(book, lab('rotations/1.statement')), 'new')
  assert.equal(take(book, lab('operators/ada.statement')), 'new')
  const old = await failed(`operator add bob --root-key ${lab('root.key')} ${WITH}`)
  assert.match(old.message, /is not the root key of this cluster now/)
  await done(words)
  assert.equal(readCluster(lab('cluster.yml')).rotations.length, 2)
})

test('a rotation that could not be noted in the cluster has its statement all the same', async () => {
  mkdirSync(lab('.cluster.yml.new'))
  const { error } = await call(`cluster rotate-root ${WITH} --new-password-file HOME/pw`)
  assert.match(String(error), /cannot write .*cluster\.yml/)
  assert.equal(readCluster(lab('cluster.yml')).rotations.length, 0)
  assert.equal(take(joined().book, lab('rotations/1.statement')), 'new')
})

test('id tells who the machine is, and nothing secret', async () => {
  const { id } = joined()
  const said = await done('id --identity HOME/member')
  assert.ok(said.includes(`node      ${id}\n`))
  assert.match(said, /^cluster {3}ed25519:[0-9a-f]{64}$/m)
  assert.match(said, /^overlay {3}10\.77\.0\.0\/16$/m)
  assert.match(said, /^ssh-host {2}SHA256:[A-Za-z0-9+/]{43}$/m)
  assert.match(said, /^wireguard [A-Za-z0-9+/]{43}=$/m)
  const seed = Buffer.from(new Store(at('member')).seed())
  assert.ok(!said.includes(seed.toString('hex')) && !said.includes(seed.toString('base64')))
})

test('the right password at the prompt opens a key', async () => {
  const called = await call('seed create -o HOME/s.yml', PASSWORD)
  assert.deepEqual(called.asked, ['Password of the operator key: '])
  assert.equal(called.exitCode, 0)
})

test.run()
