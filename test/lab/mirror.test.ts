import assert from 'node:assert/strict'
import { findMirror } from '../../lab/mirror.ts'
import { labSuite } from '../harness.ts'

const test = labSuite('lab/mirror', { costSeconds: 1 })

const CASES: [sentence: string, texts: string[], distribution: string, found?: string][] = [
  [
    'the first archive of one-line sources is found',
    [
      '# deb http://off.example/debian trixie main\ndeb [arch=amd64] http://a.example/debian/ trixie main',
    ],
    'debian',
    'http://a.example/debian',
  ],
  [
    'the first archive of deb822 sources is found',
    ['Types: deb\n# a comment\nURIs: https://a.example/x/debian\nSuites: trixie'],
    'debian',
    'https://a.example/x/debian',
  ],
  [
    'security archives, disabled stanzas and strangers are passed over',
    [
      'deb http://a.example/debian-security trixie main\ndeb http://b.example/other x main',
      'Enabled: no\nURIs: http://c.example/debian\n\nURIs: http://d.example/debian',
    ],
    'debian',
    'http://d.example/debian',
  ],
  [
    'without an archive of the distribution there is none',
    ['deb cdrom:[x]/ trixie main'],
    'ubuntu',
  ],
]

for (const [sentence, texts, distribution, found] of CASES) {
  test(sentence, () => {
    assert.equal(findMirror(texts, distribution), found)
  })
}

test.run()
