// Where one host stands in a play: a stack of lists, and what a failure does to it. The rules of
// block, rescue and always live here and nowhere else. Pure; not here: several hosts (iterate.ts).
import type { Block, Item, Task } from './tree.ts'

type Section = 'list' | 'block' | 'rescue' | 'always' | 'handlers'

interface Frame {
  readonly section: Section
  readonly items: readonly Item[]
  /** The block that the section belongs to. */
  readonly block: Block | undefined
  index: number
  /** A failure that goes on outwards once `always` is through. */
  isFailing: boolean
}

export class Cursor {
  readonly #stack: Frame[]
  /** Roles that run once: those of which a task has run, and those that are through. */
  readonly #begun = new Set<string>()
  readonly #done = new Set<string>()
  /** Set once a failure has left the outermost block. */
  isFailed = false

  constructor(items: readonly Item[]) {
    this.#stack = [frame('list', items, undefined)]
  }

  /** The next task, or undefined at the end. Asking again gives the same task until `advance`. */
  current(): Task | undefined {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      const item = top.items[top.index]
      if (item === undefined) {
        this.#leave(top)
        if (this.isFailed) return undefined
      } else if (item.kind === 'task') {
        return item
      } else if (item.once !== undefined && this.#done.has(item.once)) {
        top.index += 1
      } else {
        this.#stack.push(frame('block', item.block, item))
      }
    }
    return undefined
  }

  /** Past the current task. */
  advance(): void {
    const top = this.#stack.at(-1)
    if (top !== undefined) top.index += 1
  }

  /** Past the current task and into tasks that it brought (an include, handlers). */
  enter(items: readonly Item[], section: 'list' | 'handlers'): void {
    this.advance()
    this.#stack.push(frame(section, items, undefined))
  }

  /**
   * The current task has failed: on to the nearest rescue, else the nearest always, else out.
   * Answers whether the failure is held up: by a rescue, or by the always of its own block. An
   * always further out runs too, but a failure that is fatal for all does not wait for it.
   */
  fail(): boolean {
    for (let depth = 0, top = this.#stack.pop(); top !== undefined; top = this.#stack.pop()) {
      const block = top.block
      if (block !== undefined && top.section === 'block' && block.rescue.length > 0) {
        this.#stack.push(frame('rescue', block.rescue, block))
        return true
      }
      if (block !== undefined && top.section !== 'always' && block.always.length > 0) {
        const isHeld = depth === 0 || this.isRescuable
        this.#stack.push({ ...frame('always', block.always, block), isFailing: true })
        return isHeld
      }
      depth += 1
    }
    this.isFailed = true
    return false
  }

  /** Whether the next task stands directly in a rescue or an always, in no block of these. */
  get isShielded(): boolean {
    const section = this.#stack.at(-1)?.section
    return section === 'rescue' || section === 'always'
  }

  /** Whether a failure now would be taken by a rescue. */
  get isRescuable(): boolean {
    return this.#stack.some(
      ({ section, block }) => section === 'block' && block !== undefined && block.rescue.length > 0,
    )
  }

  /** Failures that blocks were to pass on are forgotten. */
  forgive(): void {
    this.isFailed = false
    for (const each of this.#stack) each.isFailing = false
  }

  /** No further tasks. */
  stop(): void {
    this.#stack.length = 0
  }

  /** The current task was not skipped: the roles around it have run. */
  noteRun(): void {
    for (const { block } of this.#stack) {
      if (block?.once !== undefined) this.#begun.add(block.once)
    }
  }

  #leave(top: Frame): void {
    this.#stack.pop()
    const block = top.block
    if (block === undefined) return
    if (block.once !== undefined && this.#begun.has(block.once)) this.#done.add(block.once)
    if (top.section === 'always') {
      if (top.isFailing) this.fail()
      else this.advance()
      return
    }
    if (block.always.length > 0) this.#stack.push(frame('always', block.always, block))
    else this.advance()
  }
}

function frame(section: Section, items: readonly Item[], block: Block | undefined): Frame {
  return { section, items, block, index: 0, isFailing: false }
}
