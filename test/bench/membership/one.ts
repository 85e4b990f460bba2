// One trial, as a process in a network namespace: node one.ts ours|serf SCRIPT-AS-JSON FOLDER
// [PROGRAM] prints what it found as JSON.
import { ours, serf } from './contenders.ts'
import { measure, type Script } from './measure.ts'

const [who, script = '{}', folder = '', program = 'serf'] = process.argv.slice(2)
const found = await measure(
  who === 'serf' ? serf(program) : ours(folder),
  JSON.parse(script) as Script,
)
console.log(JSON.stringify(found))
process.exit(0)
