// What may stand beside a run: it sees what hosts are asked, which facts are used, and what each
// task is about to do, and may refuse that. A plan is made by one and kept to by another. Not here:
// either of them (plan/).
import type { Host } from '../host/host.ts'
import type { Outcome } from '../modules/module.ts'
import type { Value } from '../value/value.ts'
import type { TaskInfo } from './events.ts'
import type { Layer } from './variables.ts'

export interface Watch {
  /** A task begins on a host; `host` is the one that it is for. */
  begin(host: string, task: TaskInfo): TaskWatch
  /** A template used a fact. */
  usedFact(host: string, name: string, value: Value): void
}

export interface TaskWatch {
  /** The machine as the task is to ask it. `user` is whom the task becomes there. */
  machine(host: Host, user: string | undefined, isHidden: boolean): Host
  /** What the task, or its run for one item, is about to do; throws where that must not be. */
  about(item: ReadonlyMap<string, Value>, outcome: Outcome, isHidden: boolean): void
}

/** The layers, with word of each fact that is used. */
export function watchedLayers(layers: Layer[], host: string, watch: Watch | undefined): Layer[] {
  if (watch === undefined) return layers
  return layers.map((layer) => (layer.name === 'facts' ? seenLayer(layer, host, watch) : layer))
}

function seenLayer(layer: Layer, host: string, watch: Watch): Layer {
  return {
    ...layer,
    get: (name) => {
      const found = layer.get(name)
      if (found !== undefined) watch.usedFact(host, name, found.value)
      return found
    },
  }
}
