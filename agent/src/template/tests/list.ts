// The list of all tests. A test is one row in its family's table. Not here: tests that look at
// files, whose answers are the caller's (TemplateContext.pathTest).
import { ADDRESS_TESTS } from '../filters/address.ts'
import { FILTERS } from '../filters/list.ts'
import type { Test } from '../plugin.ts'
import { ANSIBLE_TESTS } from './ansible.ts'
import { VALUE_TESTS } from './values.ts'

const tests = new Map<string, Test>([
  ...Object.entries(VALUE_TESTS),
  ...Object.entries(ANSIBLE_TESTS),
  ...Object.entries(ADDRESS_TESTS),
])

tests.set('filter', { run: (value) => typeof value === 'string' && FILTERS.has(value) })
tests.set('test', { run: (value) => typeof value === 'string' && tests.has(value) })

export const TESTS: ReadonlyMap<string, Test> = tests
