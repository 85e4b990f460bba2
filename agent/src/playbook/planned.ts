// Files of the controller as check mode leaves them: what fetch would bring, what the lookup
// password would keep, and what tasks on this machine would make. Not here: machines (overlay.ts).
import type { OverlayHost } from '../host/overlay.ts'
import { Unknown } from '../value/value.ts'

export class PlannedFiles {
  readonly #contents = new Map<string, Buffer | undefined>()
  /** Hosts with `connection: local`: their files are the controller's. */
  readonly #machines = new Map<string, OverlayHost>()

  /** Users of one machine share what is planned, so that any of its hosts will do. */
  async addMachine(host: OverlayHost): Promise<void> {
    const isNew = !this.#machines.has(host.name)
    this.#machines.set(host.name, host)
    if (isNew) for (const path of this.#contents.keys()) await doubtOn(host, path)
  }

  plan(path: string, content: Buffer | undefined): void {
    this.#contents.set(path, content)
    for (const host of this.#machines.values()) void doubtOn(host, path)
  }

  content(path: string): Buffer | undefined {
    return this.#contents.get(path)
  }

  /** Why a file that is there may be another by then. */
  doubt(path: string): Unknown | undefined {
    const isPlanned = [...this.#machines.values()].some((host) => host.isPlannedFile(path))
    return isPlanned || this.#contents.has(path) ? reason(path) : undefined
  }

  /** Why one of these, none of which is there, may be there by then. */
  hope(paths: readonly string[]): Unknown | undefined {
    const machines = [...this.#machines.values()]
    const path = paths.find(
      (each) => this.#contents.has(each) || machines.some((host) => host.isPlanned([each])),
    )
    return path === undefined ? undefined : reason(path)
  }
}

/** Tasks on this machine see what is planned for it as something that may be there. */
function doubtOn(host: OverlayHost, path: string): Promise<unknown> {
  const effects = [{ kind: 'taint', words: [path], reason: reason(path) } as const]
  return host.apply({ summary: 'unknown', script: ':', effects })
}

function reason(path: string): Unknown {
  return new Unknown(`this run plans to make or change ${path}`, 'the controller')
}
