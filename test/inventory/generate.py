#!/usr/bin/python3
"""Writes test/inventory/data/answers.json: what ansible-core 2.14 makes of the inventories below."""
import json
import os
import shutil
import subprocess
import tempfile

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

HERE = os.path.dirname(os.path.abspath(__file__))

# Name: files by path, the -i arguments, the --playbook-dir, patterns.
CASES = {}


def case(name, files, sources=None, play=None, patterns=()):
    CASES[name] = {'files': files, 'sources': sources or [next(iter(files))], 'play': play, 'patterns': list(patterns)}


case('ini flat', {'hosts': 'a\nb ansible_host=10.0.0.1\n\n[web]\nc\na\n[db]\nd\n'},
     patterns=['all', '*', 'web', 'web:db', 'db,web', 'all:!web', 'web:&db', '!web', 'a', 'a:b', 'ungrouped', 'localhost',
               'w*', '~[ab]', '~^(a|d)$', 'all[0]', 'all[-1]', 'all[0:1]', 'all[1:]', 'web[0]', 'all:!a:!b', '&web', '[ab]',
               '[!ab]', '?', 'web,&db', '!web:all', 'db:web:!a'])
case('ini children', {'hosts': '[a]\nh1\n[b]\nh2\n[c:children]\na\nb\n[d:children]\nc\n[d]\nh3\n[c:vars]\nx=c\ny=1\n[a:vars]\nx=a\n'
                      '[d:vars]\nx=d\nz=d\n[all:vars]\nx=all\nw=all\n'}, patterns=['c', 'd', 'all', 'd:!a', 'c[0]', 'd[-1]', 'c:&d'])
case('ini children first', {'hosts': '[top:children]\nlow\n[low]\nh1\nh2\n[top]\nh0\n'}, patterns=['top', 'all', 'low:top'])
case('ini vars first', {'hosts': '[g:vars]\nx=1\n[g]\nh1\n'})
case('ini ranges', {'hosts': 'web[01:03].x\ndb-[a:c]\n[r]\nn[1:10:3]\n[m]\nr[1:2]c[a:b]\n[z]\nq[08:11]\n'},
     patterns=['web*', 'web[01:03].x', 'r', 'm', 'n*:!n4', 'web01.x', 'z[1:2]'])
case('ini ports', {'hosts': 'h1:2222\n[v6]\n[::1]:22\nfe80::1\nr[1:2]:99\n10.0.0.1:5\n'})
case('ini host values', {'hosts': 'h1 int=1 neg=-5 float=1.5 yes=yes true=true True=True none=None oct=0644 hex=0x1F list="[1, 2]" '
                         "dict=\"{'a': 1, 'b': [2]}\" str='a b' quoted='\"5\"' single=\"'x'\" tuple=1,2 under=1_000 exp=1e3 "
                         'big=123456789012345678901234567890 empty= eq=a=b path=/a/b colon=a:b dot=.5 end=5. plus=+5 ver=1.2.3 '
                         'neglist="[-1, +2]" raw="r\'a\\\\n\'" nested="[{\'a\': (1, 2)}, None, True]" esc="\'a\\\\tb\'"\n'})
case('ini escapes', {'hosts': '[all:vars]\nbeyond=\'\\U00110000\'\nshort=\'\\x4\'\nwide=\'\\U0001F600\\400\'\nfour=\'\\u12\'\n[g]\nh1\n'})
case('ini vars values', {'hosts': '[all:vars]\nint=1\nsp = 2 \nstr=hello world\nquoted="5"\nsingle=\'x y\'\nlist=[1, \'a\']\nyes=yes\n'
                         'true=True\nfalse=false\nnone=None\nempty=\nhash=a # b\nnum=5 # c\nsemi=a ; b\noct=0644\ndict={"a": {"b": 1}}\n'
                         'bad=[1, 2\nparen=(1)\ntuple=(1,)\ntwo="a" "b"\nexpr=1+1\nneg=-1.5\nurl=http://x/y?a=b\nname.with.dot=1\n'
                         'zero=0\nzeros=00\nfl=1e-3\nuni="\\u00e9"\n[g]\nh1\n'})
case('ini comments', {'hosts': '# c\n; d\nh1 # e\nh2 x=1 # f\nh3 x=a#b\nh4 x="a # b"\n[g] # g\nh5 x=\'it\'"s"\nh6 x=a\\ b\n'})
case('ini quotes', {'hosts': 'h1 a="x y" b=\'x "y"\' c="x \'y\'" d=x"y z"w e="" f=\'\' g="a\\"b" h="a\\nb" i=\'a\\nb\' j=a\\nb\n'})
case('ini templates', {'hosts': 'h1 x="{{ y }}" l="[\'{{ a }}\']"\n[all:vars]\ny=z {{ w }}\nw=1\nd={"k": "{{ w }}"}\n'})
case('ini priority', {'hosts': '[a]\nh1\n[b]\nh1\n[c]\nh1\n[a:vars]\nx=a\nansible_group_priority=10\n[b:vars]\nx=b\ny=b\n[c:vars]\nx=c\ny=c\n'})
case('ini depth', {'hosts': '[z]\nh1\n[a:children]\nm\n[m]\nh1\n[m:vars]\nx=m\n[z:vars]\nx=z\n[a:vars]\nx=a\ny=a\n'})
case('ini twice', {'hosts': '[a]\nh1 x=1\n[b]\nh1 x=2 y=3\n[a]\nh2\n'}, patterns=['a', 'b', 'a:b'])
case('ini empty group', {'hosts': '[a]\n[b]\nh1\n[c:children]\na\n'}, patterns=['a', 'all', 'c', 'a:b'])
case('ini ungrouped named', {'hosts': '[ungrouped]\nh1\n[a]\nh1\nh2\n'}, patterns=['ungrouped', 'all'])
case('ini all section', {'hosts': '[all]\nh1\nh2\n[a]\nh2\n'}, patterns=['all', 'ungrouped', 'a'])
case('ini all children', {'hosts': '[all:children]\na\n[a]\nh1\n[b]\nh2\n'}, patterns=['all'])
case('yaml plain', {'hosts.yml': 'all:\n  hosts:\n    h1:\n    h2: {x: 1}\n  children:\n    web:\n      hosts:\n        h1:\n        w[1:3]:\n'
                    '      vars:\n        port: 80\n        mode: 0644\n        flag: yes\n    db:\n      hosts: {h2: , d1: {ansible_host: 10.0.0.9}}\n'
                    '  vars:\n    top: "{{ y }}"\n    day: 2024-01-02\n    f: 1.0\n'},
     patterns=['all', 'web', 'db:web', 'all:!db', 'w?', 'web[1:2]'])
case('yaml nested', {'hosts.yml': 'top:\n  children:\n    mid:\n      children:\n        low:\n          hosts: {h1: , h2: }\n          vars: {x: low}\n'
                     '      vars: {x: mid, y: mid}\n  vars: {x: top, y: top, z: top}\n  hosts: {h3: }\nother:\n  hosts: {h1: {z: host}}\n'},
     patterns=['top', 'mid', 'all', 'other:top'])
case('yaml anchors', {'hosts.yaml': 'a:\n  vars: &v {x: 1, y: [1, {z: 2}]}\n  hosts: {h1: }\nb:\n  vars:\n    <<: *v\n    x: 2\n  hosts: {h2: }\n'})
case('yaml unsafe', {'hosts.yml': 'all:\n  hosts:\n    h1:\n      a: !unsafe "{{ x }}"\n      b: "{{ x }}"\n      c: [!unsafe "{% y %}", "z"]\n'})
case('yaml priority', {'hosts.yml': 'a: {hosts: {h1: }, vars: {x: a, ansible_group_priority: 5}}\nb: {hosts: {h1: }, vars: {x: b}}\n'})
case('yaml extensionless', {'hosts': '---\nall:\n  hosts:\n    h1: {x: 1}\n'})
case('json', {'hosts.json': '{"all": {"hosts": {"h1": {"x": 1.5, "y": null, "z": [true]}}, "children": {"g": {"hosts": {"h2": {}}}}}}\n'})
case('host list', {}, sources=['a,b,c'], patterns=['all', 'b', 'a:c'])
case('host list one', {}, sources=['a,'])
case('host list ports', {}, sources=['h,p:2222,'])
SCRIPT = '#!/usr/bin/python3\nimport json, sys\n%s\n'
case('script meta', {'inv': SCRIPT % ('print(json.dumps({"web": {"hosts": ["h1", "h2"], "vars": {"x": 1, "t": "{{ x }}"}, "children": ["sub"]},'
     '"sub": ["h3"], "all": {"vars": {"a": 1}}, "_meta": {"hostvars": {"h1": {"y": 2, "u": {"__ansible_unsafe": "{{ z }}"}}, "h9": {"q": 1}}}}))')},
     patterns=['all', 'web', 'sub'])
case('script host', {'inv': SCRIPT % ('if sys.argv[1] == "--host":\n    print(json.dumps({"me": sys.argv[2]}))\nelse:\n'
     '    print(json.dumps({"g": ["h1", "h2"]}))')})
case('script old', {'inv': SCRIPT % 'print(json.dumps({"solo": {"x": 1}, "_meta": {"hostvars": {}}}))'}, patterns=['all', 'solo'])
case('folder', {'inv/10-a': '[a]\nh1 x=1\n', 'inv/15.ini': '[i]\nh8\n', 'inv/20-b.yml': 'b: {hosts: {h1: {x: 2}, h2: }}\n', 'inv/30.bak': '[c]\nh3\n',
                'inv/.hidden': '[d]\nh4\n', 'inv/notes.md': 'x\n', 'inv/old~': '[e]\nh5\n', 'inv/sub/hosts': '[f]\nh6\n', 'inv/x.retry': 'h7\n',
                'inv/group_vars/a.yml': 'ga: 1\nx: 3\n', 'inv/host_vars/h2.yml': 'hv: 1\n'}, sources=['inv'], patterns=['all'])
case('several sources', {'one': '[a]\nh1 x=1\n[a:vars]\ng=1\n', 'two.yml': 'a: {hosts: {h2: {x: 2}}, vars: {g: 2}}\n'},
     sources=['one', 'two.yml', 'h9,'], patterns=['a', 'all'])
case('vars files', {'hosts': '[a]\nh1\n[b]\nh1\nh2\n', 'group_vars/all.yml': 'x: all\ny: all\nz: all\n', 'group_vars/a': 'x: a\n',
                    'group_vars/b.yaml': 'x: b\ny: b\n', 'host_vars/h2.json': '{"x": "h2"}\n', 'host_vars/h1/one.yml': 'k: 1\nj: 1\n',
                    'host_vars/h1/two.yml': 'k: 2\n', 'host_vars/h1/sub/three': 'm: 3\n', 'host_vars/h1/.no.yml': 'n: 1\n',
                    'host_vars/h1/old.yml~': 'n: 1\n', 'host_vars/h1/skip.txt': 'n: 1\n'})
case('vars files first ending', {'hosts': 'h1\n', 'group_vars/all': 'x: bare\n', 'group_vars/all.yml': 'x: yml\ny: yml\n'})
case('vars files folder before file', {'hosts': 'h1\n', 'group_vars/all/a.yml': 'x: folder\n', 'group_vars/all.yml': 'x: file\ny: file\n'})
case('precedence', {'inv/hosts': '[all:vars]\na=1\nb=1\nc=1\nd=1\ne=1\nf=1\ng=1\nh=1\n[g1]\nh1 g=7\n[g1:vars]\nb=2\nc=2\nd=2\ne=2\nf=2\ng=2\nh=2\n',
                    'inv/group_vars/all.yml': 'c: 3\nd: 3\ne: 3\nf: 3\ng: 3\nh: 3\n', 'play/group_vars/all.yml': 'd: 4\ne: 4\nf: 4\ng: 4\nh: 4\n',
                    'inv/group_vars/g1.yml': 'e: 5\nf: 5\ng: 5\nh: 5\n', 'play/group_vars/g1.yml': 'f: 6\ng: 6\nh: 6\n',
                    'inv/host_vars/h1.yml': 'h: 8\n', 'play/host_vars/h1.yml': 'i: 9\n'}, sources=['inv/hosts'], play='play')
case('precedence of depth', {'hosts': '[low]\nh1\n[high:children]\nlow\n[side]\nh1\n', 'group_vars/high.yml': 'x: high\ny: high\n',
                             'group_vars/low.yml': 'x: low\n', 'group_vars/side.yml': 'x: side\ny: side\n'})
case('replaced dicts', {'hosts.yml': 'all: {vars: {d: {a: 1, b: 2}}, children: {g: {vars: {d: {b: 3}}, hosts: {h1: }}}}\n'})
case('diamond', {'hosts': '[l]\nh1\n[r]\nh1\n[base]\nh1\n[l:children]\nbase\n[r:children]\nbase\n[top:children]\nl\nr\n[l:vars]\nx=l\n[r:vars]\nx=r\n'},
     patterns=['top', 'base', 'l:&r'])
case('names', {'hosts': '[web-1]\nh-1.example.com\nh_2\n[Web]\nH3\n'}, patterns=['web-1', 'Web', 'h-1.example.com', '*.example.com', 'h*', 'H*'])
case('lab', {'lab.yml': 'lab:\n  hosts:\n    node[1:5]:\n  vars: {ansible_user: root}\nslurm:\n  children:\n    controllers: {hosts: {node1: , node2: }}\n'
             '    workers: {hosts: {"node[2:5]": }}\n'},
     patterns=['lab', 'slurm', 'workers:!controllers', 'workers:&controllers', 'workers[0]', 'workers[1:2]', 'node*[0:1]',
               'controllers,node5', 'all:!workers:!controllers', 'slurm:!node2', '~node[12]', 'lab[-1]'])


def run(*args, cwd):
    ended = subprocess.run(args, cwd=cwd, capture_output=True, text=True)
    if ended.returncode != 0:
        print('REFUSED', args, ended.stderr[-300:])
    return ended.stdout if ended.returncode == 0 else None


def answer(name, given):
    folder = tempfile.mkdtemp()
    try:
        for path, text in given['files'].items():
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf8') as file:
                file.write(text)
            if text.startswith('#!'):
                os.chmod(full, 0o755)
        os.chdir(folder)
        args = [part for source in given['sources'] for part in ('-i', source)]
        play = ['--playbook-dir', given['play']] if given['play'] else []
        listed = run('ansible-inventory', *args, *play, '--list', cwd=folder)
        graph = run('ansible-inventory', *args, '--graph', cwd=folder)
        manager = InventoryManager(loader=DataLoader(), sources=given['sources'])
        hosts = [[pattern, [str(host) for host in manager.get_hosts(pattern)]] for pattern in given['patterns']]
        return {'name': name, **given, 'list': listed and json.loads(listed), 'graph': graph, 'patterns': hosts}
    finally:
        os.chdir(HERE)
        shutil.rmtree(folder)


answers = [answer(name, given) for name, given in CASES.items()]
with open(os.path.join(HERE, 'data', 'answers.json'), 'w', encoding='utf8') as out:
    out.write('[\n' + ',\n'.join(json.dumps(row) for row in answers) + '\n]\n')
