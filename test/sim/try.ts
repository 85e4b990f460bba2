import { World } from './world.ts'

const N = Number(process.argv[2] ?? 10)
const w = new World({
  seed: Number(process.argv[3] ?? 1),
  nodes: N,
  network: {
    loss: Number(process.argv[4] ?? 0),
    delayLeastMs: 0.1,
    delayMeanMs: 0.3,
    duplicates: 0,
    corruption: 0,
  },
})
const t0 = performance.now()
for (const n of w.nodes) w.at(n.index * 5, () => w.start(n))
let full: number | undefined
for (let t = 100; t <= 10000; t += 100) {
  w.run(t)
  const counts = w.nodes.map((n) => n.gossip?.roster.size ?? 0)
  const views = new Set(w.nodes.map((n) => n.gossip?.view))
  if (counts.every((c) => c === N) && full === undefined) {
    full = t
    console.log('full at', t)
  }
  if (views.size === 1 && counts.every((c) => c === N)) {
    console.log('one view at', t)
    break
  }
}
console.log('sizes', w.nodes.map((n) => n.gossip?.roster.size).join(' '))
w.run(20000)
for (const n of w.nodes) n.sentBytes = 0
w.run(80000)
console.log('idle B/s/node', w.nodes.map((n) => n.sentBytes / 60).reduce((a, b) => a + b) / N)
const ev = w.observed.length
const victim = w.nodes[3]!
const killAt = w.nowMs
w.kill(victim)
w.run(killAt + 20000)
const deaths = w.observed
  .slice(ev)
  .filter(
    ({ event }) => event.kind === 'member' && event.id === victim.id && event.state === 'dead',
  )
  .map(({ atMs }) => atMs - killAt)
console.log(
  'deaths seen',
  deaths.length,
  Math.min(...deaths).toFixed(0),
  Math.max(...deaths).toFixed(0),
)
const other = w.observed
  .slice(ev)
  .filter(({ event }) => event.kind === 'member' && event.id !== victim.id)
console.log(
  'others',
  other.length,
  other.slice(0, 3).map((o) => JSON.stringify(o)),
)
// change known by all
const before = w.nowMs
w.input(w.nodes[0]!, { kind: 'publish', particulars: { roles: ['x'] } })
const known: number[] = []
w.onEvent = ({ atMs, event }) => {
  if (event.kind === 'updated' && event.id === w.nodes[0]!.id) known.push(atMs - before)
}
w.run(before + 3000)
console.log('known by', known.length, 'max', Math.max(...known).toFixed(1))
const restartAt = w.nowMs
const ev2 = w.observed.length
w.start(victim)
w.run(restartAt + 5000)
console.log(
  'back',
  w.observed
    .slice(ev2)
    .filter(
      ({ event, observer }) =>
        observer !== 3 &&
        event.kind === 'member' &&
        event.id === victim.id &&
        event.state === 'alive',
    )
    .map(({ atMs }) => atMs - restartAt).length,
  w.observed
    .slice(ev2)
    .slice(0, 2)
    .map((o) => JSON.stringify(o)),
)
console.log('ignored', JSON.stringify([...w.nodes[0]!.gossip!.ignored]))
console.log(
  'wall',
  (performance.now() - t0).toFixed(0),
  'ms for',
  w.nowMs / 1000,
  's',
  'trace',
  w.trace,
)
