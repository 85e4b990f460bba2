// Goal: the package is installed, upgraded, removed and purged cleanly on Ubuntu 24.04. Where
// neither its image nor its archive can be had, that is told as not run.
import { isWithinReach } from '../../lab/image.ts'
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS } from './nodes.ts'
import { packageTests } from './package.ts'

const test = labSuite('lab/package-ubuntu2404', { costSeconds: 50, timeoutMs: LAB_LIMIT_MS })

if (await isWithinReach('ubuntu2404')) packageTests(test, 'ubuntu2404')
else test.skip('Ubuntu 24.04', 'its archive does not answer')

test.run()
