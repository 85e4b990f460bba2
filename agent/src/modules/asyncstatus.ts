// async_status: what has become of a task that was left running with `async` and `poll: 0`.
import * as z from 'zod'
import { Unknown } from '../value/value.ts'
import { defineModule } from './module.ts'
import { choice, text } from './params.ts'

export const asyncStatus = defineModule({
  name: 'async_status',
  summary: 'Look at a task that runs in the background.',
  params: z.object({
    jid: text().describe('the job: ansible_job_id of the registered task'),
    mode: choice(['status', 'cleanup']).default('status').describe('look, or remove its files'),
  }),
  effect: 'runs',
  returns: {
    ansible_job_id: 'the job',
    started: '1',
    finished: '1 once it is through, 0 before',
    results_file: 'the folder of its files on the host',
  },
  examples: `- apt: { upgrade: dist }
  async: 3600
  poll: 0
  register: upgrade
- async_status: { jid: "{{ upgrade.ansible_job_id }}" }
  register: job
  until: job.finished
  retries: 100`,
  notes: ['What a module made of its answers is known in the run that started it.'],
  probe: async (params, { host, job }) => {
    if (!/^\w[\w.]*$/.test(params.jid)) {
      return { failure: `there is no job ${params.jid} on ${host.name}` }
    }
    if (host.isOverlay) {
      return { isChanged: new Unknown('the task was not run', `job ${params.jid}`) }
    }
    const report = await job(params.jid, params.mode)
    const told = { isChanged: report.isChanged, result: report.result }
    return report.failure === undefined ? told : { ...told, failure: report.failure }
  },
})
