// Goal: what a node keeps of itself is whole after a kill or a full disk at any step, is for its
// owner alone, and is never made anew in silence. Method: a disk that ends at its k-th call, half
// of a write included; then the folder is opened as after a restart.
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { joinBy } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { type Disk, disk } from '../../agent/src/sys/durable.ts'
import { suite } from '../harness.ts'
import { CLUSTER_ID, delegation, member, operator, secret, seedBy } from './cluster.ts'

const test = suite('identity/store')

let folder: string
test.before.each(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'store-')), 'identity')
})
test.after.each(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const MEMBERSHIP = { clusterId: CLUSTER_ID, discoverySecret: secret('discovery'), ipv4: 77 }
const PAPERS = [operator, delegation, member('a').certificate]

class Killed extends Error {}

/** Ends at a call, counted from 1, after half of it if it writes; nothing works after it. */
function dyingDisk(atCall: number): { readonly disk: Disk; readonly isDead: () => boolean } {
  let calls = 0
  const dies = () => {
    calls += 1
    return calls >= atCall
  }
  const step = <A extends readonly unknown[], R>(act: (...words: A) => R) => {
    return (...words: A): R => {
      if (dies()) throw new Killed()
      return act(...words)
    }
  }
  const dying: Disk = {
    open: step(disk.open.bind(disk)),
    write: (file, bytes) => {
      if (calls + 1 === atCall) disk.write(file, bytes.subarray(0, bytes.length >> 1))
      if (dies()) throw new Killed()
      disk.write(file, bytes)
    },
    sync: step(disk.sync.bind(disk)),
    close: step(disk.close.bind(disk)),
    rename: step(disk.rename.bind(disk)),
    syncFolder: step(disk.syncFolder.bind(disk)),
  }
  return { disk: dying, isDead: () => calls >= atCall }
}

/** Calls `act` with a disk that ends at each call in turn, until it comes through. */
function killedAtEach(
  prepare: (store: Store) => void,
  act: (store: Store) => void,
  check: (store: Store, isDone: boolean) => void,
): number {
  for (let call = 1; ; call += 1) {
    rmSync(folder, { recursive: true, force: true })
    prepare(new Store(folder))
    const { disk: dying, isDead } = dyingDisk(call)
    try {
      act(new Store(folder, dying))
    } catch (error) {
      assert.ok(error instanceof ClusterError, String(error))
      assert.equal(error.code, 'IDENTITY')
      assert.ok(error.cause instanceof Killed)
    }
    check(new Store(folder), !isDead())
    if (!isDead()) return call - 1
  }
}

test('a seed is there whole or not at all, and the next start makes or keeps it', () => {
  const steps = killedAtEach(
    () => undefined,
    (store) => void store.seed(),
    (store, isDone) => {
      const has = store.hasIdentity()
      assert.ok(has || !isDone)
      const seed = store.seed()
      assert.equal(seed.length, 32)
      assert.deepEqual(new Store(folder).seed(), seed)
    },
  )
  assert.equal(steps, 6)
})

test('a boot is the old or the next, never less and never torn', () => {
  const steps = killedAtEach(
    (store) => {
      store.seed()
      store.keepBoot(0xffff)
    },
    (store) => void store.raiseBoot(),
    (store, isDone) => {
      const boot = store.boot()
      assert.ok(boot === 0x1_0000 || (!isDone && boot === 0xffff))
      assert.equal(store.raiseBoot(), boot + 1)
    },
  )
  assert.equal(steps, 6)
})

test('what cannot be read is no matter of space on the disk', () => {
  const tooLong = join(folder, '..', 'x'.repeat(300))
  assert.throws(
    () => new Store(tooLong),
    (error) => error instanceof ClusterError && /dmesg/.test(error.hint ?? ''),
  )
})

test('papers are the old or the new ones', () => {
  const steps = killedAtEach(
    (store) => {
      store.seed()
      store.keepStatements(PAPERS.slice(0, 1))
    },
    (store) => store.keepStatements(PAPERS),
    (store, isDone) => {
      const { length } = store.statements()
      assert.ok(length === 3 || (!isDone && length === 1))
      store.keepStatements(PAPERS)
      assert.deepEqual(store.statements(), PAPERS)
    },
  )
  assert.equal(steps, 6)
})

test('a cluster that is named has its papers', () => {
  const steps = killedAtEach(
    (store) => void store.seed(),
    (store) => store.keepMembership(MEMBERSHIP, PAPERS),
    (store, isDone) => {
      const membership = store.membership()
      assert.ok(membership !== undefined || !isDone)
      if (membership === undefined) return
      assert.deepEqual(membership, MEMBERSHIP)
      assert.deepEqual(store.statements(), PAPERS)
    },
  )
  assert.equal(steps, 12)
})

test('a join that was killed anywhere is done by the next start, as one node', () => {
  const steps = killedAtEach(
    () => undefined,
    (store) => void joinBy(store, seedBy()),
    (store) => {
      const before = store.hasIdentity() ? store.seed() : undefined
      joinBy(store, seedBy())
      assert.deepEqual(store.seed(), before ?? store.seed())
      assert.deepEqual(store.membership(), MEMBERSHIP)
      assert.equal(store.statements().length, 3)
    },
  )
  assert.equal(steps, 18)
})

test('each write is synced before it is renamed, and its folder after', () => {
  const said: string[] = []
  const told = Object.fromEntries(
    Object.entries(disk).map(([name, act]) => [
      name,
      (...words: unknown[]) => {
        said.push(name)
        return (act as (...all: unknown[]) => unknown)(...words)
      },
    ]),
  ) as unknown as Disk
  const store = new Store(folder, told)
  store.seed()
  assert.deepEqual(said, ['open', 'write', 'sync', 'close', 'rename', 'syncFolder'])
})

test('a full disk is told, and what stood there is whole', () => {
  const full: Disk = {
    ...disk,
    write: () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    },
  }
  new Store(folder).seed()
  new Store(folder).keepBoot(7)
  const error = thrown(() => new Store(folder, full).raiseBoot())
  assert.match(error.message, /cannot write .*boot: no space left/)
  assert.match(error.hint ?? '', /free space/)
  assert.equal(new Store(folder).boot(), 7)
})

test('a disk that may only be read is told, and how the service is let write there', () => {
  const readOnly: Disk = {
    ...disk,
    open: () => {
      throw Object.assign(new Error('read-only file system'), { code: 'EROFS' })
    },
  }
  new Store(folder).seed()
  const error = thrown(() => new Store(folder, readOnly).raiseBoot())
  assert.match(error.hint ?? '', new RegExp(`\\[Service\\] ReadWritePaths=${folder}, see`))
})

function thrown(act: () => unknown): ClusterError {
  try {
    act()
  } catch (error) {
    if (error instanceof ClusterError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function whole(): Store {
  const store = new Store(folder)
  joinBy(store, seedBy())
  store.raiseBoot()
  return store
}

test('files are for their owner alone, whatever the umask', () => {
  const before = process.umask(0)
  try {
    whole()
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    const files = readdirSync(folder)
    assert.deepEqual(files.toSorted(), ['boot', 'cluster', 'papers', 'seed'])
    for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
    process.umask(0o777)
    whole().raiseBoot()
    assert.equal(statSync(join(folder, 'boot')).mode & 0o777, 0o600)
  } finally {
    process.umask(before)
  }
})

const READ: Readonly<Record<string, (store: Store) => unknown>> = {
  seed: (store) => store.seed(),
  boot: (store) => store.boot(),
  cluster: (store) => store.membership(),
  papers: (store) => store.statements(),
}

for (const [name, read] of Object.entries(READ)) {
  test(`${name}: one turned bit anywhere in the file is seen`, () => {
    whole()
    const path = join(folder, name)
    const bytes = readFileSync(path)
    for (let at = 0; at < bytes.length; at += 1) {
      const spoilt = Buffer.from(bytes)
      spoilt[at] = (spoilt[at] ?? 0) ^ 4
      writeFileSync(path, spoilt)
      const error = thrown(() => read(new Store(folder)))
      assert.match(error.message, /is damaged/)
      assert.match(error.hint ?? '', /restore .* or, to be a new node, move/)
    }
  })

  test(`${name}: a file cut at any length is seen`, () => {
    whole()
    const path = join(folder, name)
    for (let length = statSync(path).size - 1; length >= 0; length -= 1) {
      truncateSync(path, length)
      assert.match(thrown(() => read(new Store(folder))).message, /is damaged/)
    }
  })

  test(`${name}: a file that others may read is not used`, () => {
    whole()
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      chmodSync(join(folder, name), mode)
      assert.match(thrown(() => read(new Store(folder))).message, /only its owner may read/)
    }
  })

  test(`${name}: a link or folder in its place is not followed`, () => {
    whole()
    const path = join(folder, name)
    const bytes = readFileSync(path)
    rmSync(path)
    writeFileSync(join(folder, '..', 'elsewhere'), bytes, { mode: 0o600 })
    symlinkSync(join(folder, '..', 'elsewhere'), path)
    assert.match(thrown(() => read(new Store(folder))).message, /only its owner may read/)
    rmSync(path)
    mkdirSync(path, { mode: 0o700 })
    assert.match(thrown(() => read(new Store(folder))).message, /only its owner may read/)
  })
}

for (const left of ['boot', 'cluster', 'papers']) {
  test(`a seed that is gone is not made anew where ${left} is still there`, () => {
    whole()
    for (const file of readdirSync(folder)) if (file !== left) rmSync(join(folder, file))
    const error = thrown(() => new Store(folder).seed())
    assert.match(error.message, /seed is missing/)
    assert.deepEqual(readdirSync(folder), [left])
  })
}

test('the file of one thing does not pass for another', () => {
  const store = whole()
  writeFileSync(join(folder, 'boot'), readFileSync(join(folder, 'seed')))
  assert.match(thrown(() => store.boot()).message, /boot is damaged/)
  writeFileSync(join(folder, 'seed'), readFileSync(join(folder, 'cluster')))
  assert.match(thrown(() => store.seed()).message, /seed is damaged/)
})

test('a folder that others may enter, or that is a link, is not used', () => {
  whole()
  chmodSync(folder, 0o750)
  const error = thrown(() => new Store(folder))
  assert.match(error.message, /not a folder for its owner alone/)
  assert.match(error.hint ?? '', /chmod 700/)
  chmodSync(folder, 0o700)
  const link = join(folder, '..', 'link')
  symlinkSync(folder, link)
  assert.match(thrown(() => new Store(link)).message, /not a folder for its owner alone/)
})

test('a draft that a kill has left is overwritten, whatever it is', () => {
  const store = whole()
  symlinkSync('/etc/passwd', join(folder, '.boot.new'))
  const before = readFileSync('/etc/passwd')
  assert.equal(store.raiseBoot(), 2)
  assert.deepEqual(readFileSync('/etc/passwd'), before)
})

test("a folder that is another user's is told as such, with what to do", () => {
  whole()
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  else chmodSync(folder, 0)
  try {
    const error = thrown(() => new Store(folder).seed())
    assert.match(error.message, /permission denied|for its owner alone|only its owner/)
    assert.ok(error.hint)
    const deep = thrown(() => new Store(join(folder, 'identity')))
    assert.match(deep.message, /cannot read .*permission denied/)
    assert.match(deep.hint ?? '', /sudo/)
  } finally {
    if (isRoot) process.seteuid?.(0)
    else chmodSync(folder, 0o700)
  }
})

if (process.getuid?.() === 0) {
  test("a folder or file that is another user's is not used", () => {
    whole()
    chownSync(join(folder, 'seed'), 65_534, 0)
    assert.match(thrown(() => new Store(folder).seed()).message, /only its owner may read/)
    chownSync(folder, 65_534, 0)
    assert.match(thrown(() => new Store(folder)).message, /not a folder for its owner alone/)
  })
} else {
  test.skip("a folder or file that is another user's is not used", 'only root can give files away')
}

test('two machines draw different seeds', () => {
  const other = new Store(join(folder, '..', 'other'))
  assert.notDeepEqual(new Store(folder).seed(), other.seed())
})

test.run()
