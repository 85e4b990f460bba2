// Tasks chosen by --tags and --skip-tags, with Ansible's words always, never, tagged, untagged and
// all. Not here: where tags are written (compile.ts).
import type { Item, Task } from './tree.ts'

export interface TagChoice {
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
}

function isChosen(task: Task, { tags, skipTags }: TagChoice): boolean {
  const own = task.tags
  const has = (name: string): boolean => own.includes(name)
  const isTagged = own.some((tag) => tag !== 'always' && tag !== 'never')
  const wanted = tags.length === 0 ? ['all'] : tags
  const isNamed = wanted.some((tag) => has(tag))
  let isRun =
    isNamed ||
    (has('always') && !skipTags.includes('always')) ||
    (wanted.includes('all') && !has('never')) ||
    (wanted.includes('tagged') && isTagged && !has('never')) ||
    (wanted.includes('untagged') && own.length === 0)
  if (skipTags.length > 0 && isRun) {
    const isSkipped =
      skipTags.some((tag) => has(tag)) ||
      (skipTags.includes('all') && !(has('always') && !skipTags.includes('always'))) ||
      (skipTags.includes('tagged') && own.length > 0) ||
      (skipTags.includes('untagged') && own.length === 0)
    if (isSkipped) isRun = false
  }
  return isRun
}

/** The items with what is not chosen left out; steps that no author wrote stay. */
export function chooseItems(items: readonly Item[], choice: TagChoice): Item[] {
  return items.flatMap((item): Item[] => {
    if (item.kind === 'task') {
      return item.isImplicit === true || isChosen(item, choice) ? [item] : []
    }
    const block = {
      ...item,
      block: chooseItems(item.block, choice),
      rescue: chooseItems(item.rescue, choice),
      always: chooseItems(item.always, choice),
    }
    return block.block.length + block.always.length === 0 ? [] : [block]
  })
}

/** Every task of the items, in order. */
export function tasksIn(items: readonly Item[]): Task[] {
  return items.flatMap((item) =>
    item.kind === 'task'
      ? [item]
      : [...tasksIn(item.block), ...tasksIn(item.rescue), ...tasksIn(item.always)],
  )
}
