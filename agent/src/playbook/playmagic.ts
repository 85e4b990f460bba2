// Names that every task of a play has, made of the play. Not here: those of the run (world.ts).
import type { Value } from '../value/value.ts'
import { listOf } from './inherit.ts'
import { NeedsOthers } from './scope.ts'
import type { Role, Task } from './tree.ts'
import type { ScopePlace } from './world.ts'

export function playMagic(
  name: string,
  place: ScopePlace,
  task: Task | undefined,
  mayReadOthers: boolean,
): Value | undefined {
  switch (name) {
    case 'ansible_play_name':
      return place.play.name
    case 'ansible_play_hosts':
    case 'play_hosts':
      // Who is still in the play depends on how the others fared.
      if (!mayReadOthers) throw new NeedsOthers(name)
      return [...place.hosts]
    case 'ansible_play_hosts_all':
      return [...place.allHosts]
    case 'ansible_play_batch':
      return [...place.batch]
    case 'playbook_dir':
      return place.play.folder
    case 'role_name':
      return task?.role?.name.split('.').at(task.role.collection === null ? 0 : -1)
    case 'ansible_role_name':
      return task?.role?.name
    case 'ansible_collection_name':
      return task?.role?.collection
    case 'role_path':
      return task?.role?.folder
    case 'ansible_role_names':
      return namesOf(place.layers.roles)
    case 'role_names':
      if (task === undefined) return undefined
      return namesOf(place.layers.roles.filter((role) => !role.isDependency))
    case 'ansible_play_role_names':
      return namesOf(place.layers.roles.filter((role) => !role.isDependency))
    case 'ansible_dependent_role_names':
      return namesOf(place.layers.roles.filter((role) => role.isDependency))
    case 'environment':
      return task && listOf(task.keywords.get('environment')).map(({ value }) => value)
    case 'ansible_parent_role_names':
      return [...(task?.role?.parents ?? [])]
    case 'ansible_search_path':
      return [...(task?.searchFolders ?? [])]
    default:
      return undefined
  }
}

function namesOf(roles: readonly Role[]): string[] {
  return [...new Set(roles.map(({ name }) => name))]
}
