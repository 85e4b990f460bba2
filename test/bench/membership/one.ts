// One trial, as the only process of a network namespace: node one.ts ours|serf SCRIPT FOLDER
// [PROGRAM] does what the script of JSON says and prints what it found as JSON.
import { ours, serf } from './contenders.ts'
import { mend, openNetwork } from './network.ts'
import { join, type Script, STEPS } from './steps.ts'
import { Trial } from './trial.ts'

const [who, text = '{}', folder = '', program = 'serf'] = process.argv.slice(2)
const script = JSON.parse(text) as Script
const trial = new Trial(who === 'serf' ? serf(program) : ours(folder), script.nodes)
// One place more than processes, for the one that moves.
openNetwork(script.nodes + 1)
trial.contender.prepare(script.nodes)
try {
  const found = { ...(await join(trial, script)) }
  for (const name of script.steps) Object.assign(found, await STEPS[name](trial, script))
  console.log(JSON.stringify(found))
} finally {
  trial.end()
  mend()
}
process.exit(0)
