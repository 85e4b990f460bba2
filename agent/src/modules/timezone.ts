// timezone: the zone of the machine, and what its hardware clock shows. Not here: the time itself.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { defineModule, known } from './module.ts'
import { choice, text } from './params.ts'

const ZONES = '/usr/share/zoneinfo'

const schema = z.object({
  name: text().optional().describe('name of the zone: Europe/Zurich'),
  hwclock: choice(['local', 'UTC']).optional().describe('what the hardware clock shows'),
})

export const timezone = defineModule({
  name: 'timezone',
  summary: 'Set the zone of the machine.',
  params: schema,
  aliases: { rtc: 'hwclock' },
  effect: 'changes',
  returns: { msg: 'what was done' },
  examples: `- timezone:
    name: Europe/Zurich`,
  probe: async (params, { host }) => {
    if (params.name === undefined && params.hwclock === undefined) {
      return { failure: 'one of name and hwclock is required' }
    }
    const before = await current(host)
    if (params.name !== undefined && params.name !== before.name) {
      const { name } = params
      const isName = /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(name)
      if (!isName || known(await host.stat(`${ZONES}/${name}`, { follow: true })) === null) {
        return { failure: `there is no zone ${name}` }
      }
    }
    const changes: Change[] = []
    if (params.name !== undefined && params.name !== before.name) changes.push(setZone(params.name))
    if (params.hwclock !== undefined && params.hwclock !== before.hwclock) {
      changes.push(setClock(params.hwclock))
    }
    const lines = (name: string | undefined, clock: string | undefined): string =>
      `${params.name === undefined ? '' : `name: ${name}\n`}${params.hwclock === undefined ? '' : `hwclock: ${clock}\n`}`
    const diff = {
      before: lines(before.name, before.hwclock),
      after: lines(params.name, params.hwclock),
      beforeHeader: 'timezone',
      afterHeader: 'timezone',
    }
    return {
      changes,
      diffs: changes.length === 0 ? [] : [diff],
      result: changes.length === 0 ? {} : { msg: changes.map(({ summary }) => summary).join('; ') },
    }
  },
})

/** A link to the zone's file; where it is none, timedatectl or /etc/timezone may know. */
async function current(host: Host): Promise<{ name: string; hwclock: string }> {
  const asked = await host.ask(
    'readlink -f /etc/localtime; cat /etc/timezone 2>/dev/null || echo; tail -n 1 /etc/adjtime 2>/dev/null',
  )
  const [link = '', file = '', clock = ''] = asked.stdout.toString('utf8').split('\n')
  const linked = link.includes('/zoneinfo/') ? link.replace(/^.*\/zoneinfo\//, '') : ''
  return {
    name: host.planned('timezone') ?? (linked === '' ? file.trim() : linked),
    hwclock: host.planned('hwclock') ?? (clock.trim() === 'LOCAL' ? 'local' : 'UTC'),
  }
}

function setZone(name: string): Change {
  const file = quoteWord(`${ZONES}/${name}`)
  return {
    summary: `set the zone ${name}`,
    script: [
      `if [ -d /run/systemd/system ] && command -v timedatectl >/dev/null; then timedatectl set-timezone ${quoteWord(name)}`,
      `else ln -sfn ${file} /etc/localtime; fi || exit 1`,
      `[ ! -e /etc/timezone ] || printf '%s\\n' ${quoteWord(name)} > /etc/timezone`,
    ].join('\n'),
    effects: [{ kind: 'state', key: 'timezone', value: name }],
  }
}

function setClock(hwclock: 'local' | 'UTC'): Change {
  const isLocal = hwclock === 'local'
  return {
    summary: `have the hardware clock show ${isLocal ? 'local time' : 'UTC'}`,
    script: `if [ -d /run/systemd/system ] && command -v timedatectl >/dev/null; then timedatectl set-local-rtc ${isLocal ? 1 : 0}; else hwclock --systohc --${isLocal ? 'localtime' : 'utc'}; fi`,
    effects: [{ kind: 'state', key: 'hwclock', value: hwclock }],
  }
}
