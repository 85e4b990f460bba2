// Goal: the package is installed, upgraded, removed and purged cleanly on Debian 12.
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS } from './nodes.ts'
import { packageTests } from './package.ts'

const test = labSuite('lab/package-debian12', { costSeconds: 50, timeoutMs: LAB_LIMIT_MS })

packageTests(test, 'debian12')

test.run()
