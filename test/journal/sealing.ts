// A process that takes the key of a state folder when a gate opens, and says what it has sealed.
// Not here: who starts several of them (store.test.ts).
import { existsSync } from 'node:fs'
import { sealOf } from '../../agent/src/journal/seal.ts'

const [folder = '', gate = ''] = process.argv.slice(2)

process.stdout.write('ready')
// Nothing but a loop is exact enough: it must not sleep while others begin.
while (!existsSync(gate));
process.stdout.write(sealOf(folder).close('text', 'it'))
