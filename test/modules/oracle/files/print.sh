#!/bin/sh
echo "it is $1 and $2"; pwd; echo err >&2; exit ${3:-0}
