// Patterns of names as fnmatch(3) and Python's fnmatch read them: `*`, `?`, `[abc]`, `[!a-z]`. Not
// here: folders and their files, and what else a pattern of hosts may hold.

/** The pattern of a whole name; a bracket that is never closed stands for itself. */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(
    /\[(!?)(\]?[^\]]*)\]|[^]/g,
    (token, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return setSource(not === '!', set)
      if (token === '*') return '.*'
      return token === '?' ? '.' : token.replace(/[.+^${}()|[\]\\]/, '\\$&')
    },
  )
  return new RegExp(`^${source}$`, 's')
}

/** A range that ends before it begins holds nothing, as in Python. */
function setSource(isNegated: boolean, set: string): string {
  const bare = set.replaceAll(/([^])-([^])/g, (range, from: string, to: string) =>
    from <= to ? range : '',
  )
  return `[${isNegated ? '^' : ''}${bare.replaceAll(/[\\[\]^]/g, '\\$&')}]`
}
