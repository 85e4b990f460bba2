// The long trials, one after the other, and their rows in docs/benchmarks.md. A trial is a lab test
// that tells what it has tried in a file of its own. Not here: what is tried (the tests).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../lab/site.ts'
import { seed } from '../seed.ts'

interface Campaign {
  readonly name: string
  /** What SUITE= chooses by. */
  readonly suite: 'engine' | 'sim' | 'members' | 'fuzz'
  readonly file: string
  /** What the test is told besides; `count` is COUNT, or `all`. */
  readonly environment?: (count: string) => Readonly<Record<string, string>>
  /** What the test's figures mean, in words. */
  readonly row: (figures: Readonly<Record<string, number>>) => string
}

const CAMPAIGNS: readonly Campaign[] = [
  {
    name: 'resume after SIGKILL',
    suite: 'engine',
    file: 'test/lab/resume.test.ts',
    row: ({ kills, steps, again }) =>
      `${kills} kills at ${steps} steps of a run on 5 hosts; ${again} tasks of hosts were under way`,
  },
  {
    name: 'random plays',
    suite: 'engine',
    file: 'test/lab/random.test.ts',
    environment: (count) => ({ COUNT: count === 'all' ? '500' : count, SHARE: '0.99' }),
    row: ({ count, failures = 0 }) =>
      `${count} plays run by ansible-core and by us, ${(count ?? 0) - failures} of them equal`,
  },
  {
    name: 'simulated clusters',
    suite: 'sim',
    file: 'test/sim/sim.test.ts',
    environment: (count) => ({ COUNT: count === 'all' ? '4096' : count, TICKS: '5000' }),
    row: ({ count, ticks, faults, seconds }) =>
      `${count} seeds of ${ticks} ticks with ${faults} faults, in ${seconds} s on one core`,
  },
  {
    name: 'false deaths',
    suite: 'sim',
    file: 'test/sim/loss.test.ts',
    environment: (count) => ({ SHARE: count === 'all' ? '1' : count }),
    row: ({ at5, at10, at25, at40, at5Bytes, at10Bytes, at25Bytes, at40Bytes }) =>
      `20 members that lose 5, 10, 25 and 40 % of all datagrams for 1,000, 1,000, 500 and 200 ` +
      `node-hours: ${at5}, ${at10}, ${at25} and ${at40} false deaths, ` +
      `${at5Bytes}, ${at10Bytes}, ${at25Bytes} and ${at40Bytes} bytes a second each`,
  },
  {
    name: 'splits of ten members',
    suite: 'members',
    file: 'test/lab/membership-faults.test.ts',
    environment: (count) => ({ COUNT: count === 'all' ? '10' : count, SECONDS: '120' }),
    row: ({ count, seconds, slowest }) =>
      `${count} splits into halves for ${seconds} s or more, the slowest healed in ${slowest} s`,
  },
  {
    name: 'members under pressure',
    suite: 'members',
    file: 'test/lab/pressure.test.ts',
    environment: () => ({ SECONDS: '600' }),
    row: ({ nodes, seconds }) =>
      `${nodes} nodes for ${seconds} s with all cores spinning and memory short; failures are deaths`,
  },
  {
    name: 'agents killed at their writes',
    suite: 'members',
    file: 'test/agents/kills.test.ts',
    environment: (count) => ({ COUNT: count === 'all' ? '100' : count }),
    row: ({ kills, working, steps }) =>
      `${working} of ${kills} were working members at the next start, as the same nodes; killed by ` +
      `SIGKILL before, in or after ${steps} steps of a first and a later start`,
  },
  {
    name: 'fuzz of the decoders',
    suite: 'fuzz',
    file: 'test/wire/fuzz.test.ts',
    environment: (count) => ({ COUNT: count === 'all' ? '1000000' : count }),
    row: ({ spellings }) => `${spellings} changed datagrams, messages and statements`,
  },
  {
    name: 'fuzz of a member',
    suite: 'fuzz',
    file: 'test/gossip/fuzz.test.ts',
    environment: (count) => ({ COUNT: count === 'all' ? '1000000' : count }),
    row: ({ datagrams }) =>
      `${datagrams} datagrams of strangers, invited nodes and members at the socket, no byte answered ` +
      'to a stranger',
  },
]

/** Three hours: a play of either kind and its peer take some five seconds together. */
const LIMIT_SECONDS = 10_800

const PAGE = join(ROOT, 'docs/benchmarks.md')
const HEADING = '## Campaigns'
const INTRO = `${HEADING}

Long trials, by \`make campaign\`; a failure is told with the seed that repeats it.

| campaign | tried | failures | seed | date |
|---|---|---|---|---|
`

/** The page with this row instead of the campaign's last one. */
function withRow(page: string, name: string, row: string): string {
  const at = page.indexOf(`\n${HEADING}`)
  const [before, section] =
    at < 0 ? [page.trimEnd(), INTRO] : [page.slice(0, at).trimEnd(), page.slice(at + 1)]
  const kept = section.split('\n').filter((line) => !line.startsWith(`| ${name} |`))
  const end = kept.findLastIndex((line) => line.startsWith('|')) + 1
  return `${before}\n\n${[...kept.slice(0, end), row, ...kept.slice(end)].join('\n').trimEnd()}\n`
}

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-campaign-'))
let exitCode = 0
const wanted = process.env['SUITE'] ?? ''
const words = process.env['NAME'] ?? ''
for (const { name, suite, file, row, environment } of CAMPAIGNS) {
  if ((wanted !== '' && wanted !== suite) || !name.includes(words)) continue
  const own = environment?.(process.env['COUNT'] ?? 'all') ?? {}
  const result = join(folder, 'result.json')
  const { status } = spawnSync(
    process.execPath,
    [
      'test/run.ts',
      ...(file.startsWith('test/lab/') ? ['--lab'] : []),
      '--limit',
      String(LIMIT_SECONDS),
      file,
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, ...own, CAMPAIGN_RESULT: result },
    },
  )
  if (status !== 0) exitCode = 1
  // A test that failed tells how often; one that could not run at all tells nothing.
  if (!existsSync(result)) {
    exitCode = 1
    console.log(`${name}: told no result`)
    continue
  }
  const figures = JSON.parse(readFileSync(result, 'utf8')) as Record<string, number>
  rmSync(result)
  const date = new Date().toISOString().slice(0, 10)
  const line = `| ${name} | ${row(figures)} | ${figures['failures']} | ${seed} | ${date} |`
  console.log(line)
  if (process.argv.includes('--write')) {
    writeFileSync(PAGE, withRow(readFileSync(PAGE, 'utf8'), name, line))
  }
}
rmSync(folder, { recursive: true })
process.exit(exitCode)
