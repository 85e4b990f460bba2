// Goal: a program that the host lacks is lacking only where nothing of this run may bring it.
// Method: a host in memory without programs, under an overlay that believes what tasks planned.
import assert from 'node:assert/strict'
import type { Effect } from '../../agent/src/host/change.ts'
import { UnknownVerdict } from '../../agent/src/modules/module.ts'
import { findProgram } from '../../agent/src/modules/programs.ts'
import { Unknown } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'
import { makeHost } from './trial.ts'

const test = suite('modules/programs')

function believing(effects: readonly Effect[]) {
  const host = makeHost({ programs: [] })
  return host.apply({ summary: 'an earlier task', script: ':', effects }).then(() => host)
}

test('a program that nothing brings is not there', async () => {
  assert.equal(await findProgram(await believing([]), ['crontab']), undefined)
})

test('the first program that is there is found', async () => {
  const host = makeHost({ programs: ['yum'] })
  assert.equal(await findProgram(host, ['dnf', 'yum']), '/usr/bin/yum')
})

test('a planned package may bring it', async () => {
  const state = { name: 'cron', version: '3' }
  const host = await believing([{ kind: 'package', name: 'cron', state }])
  await assert.rejects(findProgram(host, ['crontab']), UnknownVerdict)
})

test('a task of unknown verdict about packages may bring it', async () => {
  const reason = new Unknown('not run', 'memory')
  const host = await believing([{ kind: 'taint', words: ['apt'], reason }])
  await assert.rejects(findProgram(host, ['crontab']), UnknownVerdict)
})

test.run()
