// Goal: what an operator asks for and cannot have is refused with what to do, before a password is
// asked for where that is possible, and before anything changes. Method: a table of words; after
// each the whole home is as before.
import assert from 'node:assert/strict'
import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { readCluster } from '../../agent/src/identity/clusterfile.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'
import {
  at,
  call,
  done,
  failed,
  home,
  joined,
  lab,
  PASSWORD,
  top,
  WITH,
  withHome,
} from './operator.ts'

const test = suite('cli/operatingmistakes')
withHome(test)

const NODE = nodeIdOf(publicKeyOf(new Uint8Array(32).fill(1)))

/** 16 of 32 characters: each is a role, and no seed has room for all. */
const LONG_ROLES = Array.from({ length: 16 }, (_, at) => `r${at}`.padEnd(32, 'x')).join()

/** Words, what is said, what is typed at the prompt; none of it changes a file. */
const REFUSED: [words: string, said: RegExp, ...answers: string[]][] = [
  [`cluster init --name lab ${WITH}`, /lab is there already/],
  [`cluster init --name ../x ${WITH}`, /is no name of a cluster/],
  [`cluster init --name x --ipv4 10.42.0.0/16 ${WITH}`, /no network of an overlay/],
  [`cluster init --name x --ipv4 192.168.0.0/16 ${WITH}`, /no network of an overlay/],
  [`cluster init --name x --expires 7 ${WITH}`, /--expires 7 is no time/],
  [`cluster init --name x --expires 0d ${WITH}`, /--expires 0d is no time/],
  [`cluster init --name x --expires 9999w ${WITH}`, /--expires 9999w is no time/],
  [`cluster init --name x --here ${WITH}`, /needs --root-key/],
  [`cluster init --name x --root-key HOME/none/root.key ${WITH}`, /there is no folder/],
  [`cluster init --name x --root-key HOME/pw ${WITH}`, /pw is there already/],
  [`cluster init --name x --new-root-key HOME/r ${WITH}`, /init has no --new-root-key/],
  ['cluster init --name x', /cannot ask for the password/],
  ['cluster init --name x', /not the same/, PASSWORD, 'another one'],
  ['cluster init --name x', /shorter than 8/, 'short', 'short'],
  [`cluster init --name x --password-file HOME/empty`, /not one line/],
  [`cluster init --name x --password-file HOME/lines`, /not one line/],
  [`cluster init --name x --password-file HOME/open`, /others may read/],
  [`cluster init --name x --password-file HOME/long`, /not one line/],
  [`cluster init --name x --password-file HOME/none`, /cannot read .*none/],
  ['cluster', /cluster cannot do nothing/],
  ['cluster rotate', /cluster cannot rotate/],
  [`cluster rotate-root --here ${WITH}`, /rotate-root has no --here/],
  [`cluster rotate-root --cluster x ${WITH}`, /is no cluster x/],
  [`cluster rotate-root --root-key HOME/none ${WITH}`, /no root key at/],
  [`cluster rotate-root --root-key ${lab('operator.key')} ${WITH}`, /is no root key/],
  ['cluster rotate-root', /password does not open/, 'wrong password'],
  [`seed create usb ${WITH}`, /needs -o FILE/],
  [`seed create -o HOME/first.yml ${WITH}`, /first.yml is there already/],
  [`seed create first -o HOME/x.yml ${WITH}`, /a seed first already/],
  [`seed create first -o HOME/x.yml --force ${WITH}`, /a seed first already/],
  [`seed create a/b -o HOME/x.yml ${WITH}`, /no name of a seed/],
  [`seed create -o HOME/x.yml --expires 2d3h ${WITH}`, /is no time/],
  [`seed create -o HOME/x.yml --expires 60w ${WITH}`, /operator key is good until .* only/],
  [`seed create -o HOME/x.yml --most-joins -1 ${WITH}`, /no number of machines/],
  [`seed create -o HOME/x.yml --most-joins 1e3 ${WITH}`, /no number of machines/],
  [`seed create -o HOME/x.yml --expect 20000 ${WITH}`, /no number of machines/],
  [`seed create -o HOME/x.yml --roles Web ${WITH}`, /no list of roles/],
  [`seed create -o HOME/x.yml --roles a,,b ${WITH}`, /no list of roles/],
  [`seed create -o HOME/x.yml --roles ${LONG_ROLES} ${WITH}`, /no list of roles/],
  [`seed create -o HOME/x.yml --hint localhost ${WITH}`, /no address/],
  [`seed create -o HOME/x.yml --hint 10.0.0.1:0 ${WITH}`, /no address/],
  [`seed create -o HOME/x.yml --wifi-ssid lab ${WITH}`, /go together/],
  [`seed create -o HOME/x.yml --wifi-password-file HOME/pw ${WITH}`, /go together/],
  [
    `seed create -o HOME/x.yml --wifi-ssid lab --wifi-password-file HOME/few ${WITH}`,
    /no password of a wireless network/,
  ],
  ['seed create -o HOME/x.yml', /password does not open/, 'wrong password'],
  ['seed create -o HOME/x.yml', /cannot ask for the password of the operator key/],
  [`seed list --out HOME/x`, /seed list has no --out/],
  [`seed list --no-coordinate`, /seed list has no/],
  [`seed revoke ${WITH}`, /needs a name/],
  [`seed revoke usb ${WITH}`, /there is no seed usb/],
  ['seed crate', /seed cannot crate/],
  [`operator add ${WITH}`, /no name of an operator/],
  [`operator add Ada ${WITH}`, /no name of an operator/],
  [`operator add operator ${WITH}`, /an operator operator already/],
  [`operator add ada --take-admitted ${WITH}`, /add has no --take-admitted/],
  [`operator add ada -o HOME/.cluster-os/lab ${WITH}`, /is there already/],
  ['operator add ada -o HOME/x', /not the same/, PASSWORD, PASSWORD, 'another one'],
  [`operator revoke bob ${WITH}`, /there is no operator bob/],
  [`revoke ${WITH}`, /revoke needs a node/],
  [`revoke ${NODE.toUpperCase()} ${WITH}`, /is no node id/],
  [`revoke ed25519:01${'00'.repeat(31)} ${WITH}`, /is no node id/],
  [`revoke CLUSTER ${WITH}`, /the cluster itself/],
  [`revoke ${NODE}`, /password does not open/, 'wrong password'],
  ['id --identity HOME/none', /there is no identity/],
]

for (const [index, [words, said, ...answers]] of REFUSED.entries()) {
  test(`refused: ${words.replaceAll(top, '')} (${index})`, async () => {
    writeFileSync(at('empty'), '', { mode: 0o600 })
    writeFileSync(at('lines'), 'one line\nand two\n', { mode: 0o600 })
    writeFileSync(at('long'), 'x'.repeat(2000), { mode: 0o600 })
    writeFileSync(at('few'), 'short', { mode: 0o600 })
    writeFileSync(at('open'), 'open to all\n')
    chmodSync(at('open'), 0o644)
    const id = nodeIdOf(readCluster(lab('cluster.yml')).clusterId)
    const error = await failed(words.replace('CLUSTER', id), ...answers)
    assert.match(error.message, said)
  })
}

test('a seed may allow 16 roles with 400 characters together', async () => {
  const roles = Array.from({ length: 16 }, (_, index) => `r${index}`.padEnd(25, 'x')).join()
  await done(`seed create long -o HOME/long.yml --roles ${roles} ${WITH}`)
})

test('what is wrong is told before a password is asked for', async () => {
  const called = await call('seed create first -o HOME/x.yml', PASSWORD)
  assert.deepEqual(called.asked, [])
  rmSync(lab('operator.key'))
  assert.deepEqual((await call('seed create -o HOME/x.yml', PASSWORD)).asked, [])
})

test('a second cluster on a machine that is a member is refused', async () => {
  joined()
  const words = 'cluster init --here --name x --root-key HOME/r --identity HOME/member'
  assert.match((await failed(`${words} ${WITH}`)).message, /member of a cluster already/)
})

test('with several clusters one has to be named', async () => {
  cpSync(lab(), at('.cluster-os/other'), { recursive: true })
  const error = await failed('seed list')
  assert.match(error.message, /there are several clusters/)
  assert.match(error.hint ?? '', /--cluster lab, --cluster other/)
})

test('a folder that others may enter is not used', async () => {
  chmodSync(lab(), 0o755)
  const error = await failed('seed list')
  assert.match(error.message, /not a folder for its owner alone/)
  assert.match(error.hint ?? '', /chmod 700/)
})

test('a damaged file of the folder is named', async () => {
  writeFileSync(lab('seeds/first.statement'), 'x')
  assert.match((await failed('seed list')).message, /first\.statement is damaged/)
  writeFileSync(lab('cluster.yml'), 'version: 1\n')
  const error = await failed(`revoke ${NODE} ${WITH}`)
  assert.match(error.message, /cluster file has no name/)
})

test('a node is revoked once, unless that is forced', async () => {
  await done(`revoke ${NODE} ${WITH}`)
  assert.match((await failed(`revoke ${NODE} ${WITH}`)).message, /is there already/)
  await done(`revoke ${NODE} --force ${WITH}`)
})

/** The same call on a machine whose clock is so many days off. */
async function daysOff<T>(days: number, what: () => Promise<T>): Promise<T> {
  const { now } = Date
  Date.now = () => now() + days * 86_400_000
  try {
    return await what()
  } finally {
    Date.now = now
  }
}

const OFF: [words: string, days: number, said: RegExp][] = [
  ['operator revoke operator', 3650, /^here it is 20.*, and the newest paper .* is of 20/],
  ['operator revoke operator', 31, /newest paper/],
  ['operator revoke operator', -1, /something was made on 20/],
  [`revoke ${NODE}`, 366, /^here it is .*, and the operator key is good until 20.* only/],
  [`revoke ${NODE}`, -1, /something was made on 20/],
  ['seed revoke first', 366, /operator key is good until/],
]

for (const [words, days, said] of OFF) {
  test(`refused without --force: ${words}, by a clock that is ${days} days off`, async () => {
    const error = await daysOff(days, () => failed(words))
    assert.match(error.message, said)
    await daysOff(days, () => done(`${words} --force ${WITH}`))
  })
}

test('a month after the last paper, and within the time of the operator key, no clock is refused', async () => {
  await daysOff(29, () => done(`operator revoke operator ${WITH}`))
  await daysOff(364, () => done(`revoke ${NODE} ${WITH}`))
})

test('no password is taken from arguments or the environment', async () => {
  assert.match(
    (await failed(`seed create -o HOME/x.yml --password ${PASSWORD}`)).message,
    /no flag --password/,
  )
  const asked: string[] = []
  await callCli(['revoke', NODE], {
    environment: (name) => {
      asked.push(name)
      return name === 'HOME' ? home : PASSWORD
    },
  })
  assert.deepEqual([...new Set(asked)], ['HOME'])
})

test.run()
