// Objects that only templates have: `loop`, namespaces, imported modules. They have members and no
// dict methods.
import { Callable, LazyDict, type Value } from '../value/value.ts'

export class TemplateObject extends LazyDict {
  readonly members: Map<Value, Value>
  constructor(members: Iterable<[Value, Value]> = []) {
    super()
    this.members = new Map(members)
  }

  override keys(): Value[] {
    return [...this.members.keys()]
  }

  override get(key: Value): Value | undefined {
    return this.members.get(key)
  }
}

/** The only kind whose members a template may set: `set ns.x = 1`. */
export class Namespace extends TemplateObject {}

/** A function that has members too: a recursive `loop`, a joiner. */
export class CallableObject extends Callable {
  readonly members: TemplateObject
  constructor(name: string, members: TemplateObject, call: Callable['call']) {
    super(name, call)
    this.members = members
  }
}
