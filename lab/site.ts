// Where a lab lives: names, labels and folders. `make up` has one lab per checkout; every test has
// its own. Not here: what a node is (node.ts) and what runs (containers.ts).
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '..')

/** Two checkouts on one machine must not touch each other's nodes, so the path is in the name. */
export const PROJECT = `cluster-os-${createHash('sha256').update(ROOT).digest('hex').slice(0, 4)}`

export const LABEL_PROJECT = 'cluster-os.project'
export const LABEL_RUN = 'cluster-os.run'
/** Digest of the options that a container was made with. */
export const LABEL_OPTIONS = 'cluster-os.options'

/** The run of `make up`: it stays when its process ends. */
export const RUN_UP = 'up'

const RUNS = join(ROOT, '.cache/lab/runs')

export interface Lab {
  /** Prefix of container names and name of the docker network. */
  readonly name: string
  readonly run: string
  /** Keys, known hosts and inventory; absolute. */
  readonly folder: string
  readonly inventory: string
  readonly privateKey: string
  readonly knownHosts: string
}

export function makeLab(run: string, sequence = 0): Lab {
  const suffix = run === RUN_UP ? '' : `-${run}-${sequence}`
  const folder = run === RUN_UP ? join(ROOT, '.cache/lab') : join(RUNS, run, String(sequence))
  return {
    name: `${PROJECT}${suffix}`,
    run,
    folder,
    inventory: join(folder, 'inventory.yml'),
    privateKey: join(folder, 'id_ed25519'),
    knownHosts: join(folder, 'known_hosts'),
  }
}

/** The 22nd field of /proc/PID/stat; with the pid it names one process for ever. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19)
  } catch {
    return undefined
  }
}

/** A run id that tells later runs whether this process still lives. */
export function currentRun(): string {
  return `${process.pid}.${startTime(process.pid) ?? '0'}`
}

export function isLiveRun(run: string): boolean {
  if (run === RUN_UP) return true
  const [pid, started] = run.split('.')
  return started !== undefined && startTime(Number(pid)) === started
}

/** Removes the folder of a test's lab. */
export function removeFolder(lab: Lab): void {
  rmSync(lab.folder, { recursive: true, force: true })
}

/** Removes the folders of runs that are dead. */
export function removeStaleFolders(): void {
  for (const run of existsSync(RUNS) ? readdirSync(RUNS) : []) {
    if (!isLiveRun(run)) rmSync(join(RUNS, run), { recursive: true, force: true })
  }
}
