# Sections of a CI run: a heading and a time for each, a tally for all. Sourced by .ci/run, which sets $work.
# shellcheck shell=bash

failed_sections=()
# Failed sections in which no test of Jest's failed: lint, a start that does not come up, a skipped test.
failures_without_test=0
summary=()

# section NAME COMMAND…: runs it in a subshell of its own; a failure is recorded, and the run goes on.
section() {
  local name=$1 started=$SECONDS status seconds
  shift
  printf '\n=== %s ===\n' "$name"
  # Not in a condition: bash would then ignore `set -e` inside.
  set +e
  (
    set -e
    "$@"
  ) </dev/null
  status=$?
  set -e
  seconds=$((SECONDS - started))
  if ((status == 0)); then
    echo "--- $name: ok, $seconds s"
    summary+=("$(printf 'ok     %4d s  %s' "$seconds" "$name")")
    return 0
  fi
  echo "--- $name: FAILED (exit code $status), $seconds s"
  summary+=("$(printf 'FAILED %4d s  %s' "$seconds" "$name")")
  failed_sections+=("$name")
}

# needed NAME COMMAND…: a section without which the rest makes no sense.
needed() {
  local before=${#failed_sections[@]}
  section "$@"
  if ((${#failed_sections[@]} > before)); then
    failures_without_test=$((failures_without_test + 1))
    exit 1
  fi
}

# check NAME COMMAND…: a section that holds no Jest run, so its failure counts as one failed test.
check() {
  local before=${#failed_sections[@]}
  section "$@"
  failures_without_test=$((failures_without_test + ${#failed_sections[@]} - before))
}

# tests NAME RESULT COMMAND…: a section whose Jest run writes $work/results/RESULT.json.
tests() {
  local name=$1 result=$work/results/$2.json before=${#failed_sections[@]}
  shift 2
  section "$name" "$@"
  if ((${#failed_sections[@]} > before)) && [[ $(node .ci/count-tests.mjs failed "$result") == 0 ]]; then
    failures_without_test=$((failures_without_test + 1))
  fi
}

# A run that hangs fails, and leaves time for the rest.
jest_limit_s=2400

# jest_run RESULT COMMAND…: adds --json to a Jest command and judges what it wrote.
jest_run() {
  local result=$work/results/$1.json status=0
  shift
  timeout --kill-after=10 "$jest_limit_s" "$@" --json --outputFile="$result" >/dev/null || status=$?
  if ((status)); then once_more "$result" || true; fi
  # It fails by itself where a test did.
  node .ci/count-tests.mjs check "$result"
}

# Beyond as many, it is no matter of a busy machine.
most_once_more=3

# once_more RESULT: suites that failed run again, alone; what comes of it counts, and the log tells of both runs.
once_more() {
  local result=$1 files
  mapfile -t files < <(node .ci/count-tests.mjs suites "$result" | sed '/^$/d')
  ((${#files[@]} > 0 && ${#files[@]} <= most_once_more)) || return 0
  node .ci/count-tests.mjs check "$result"
  printf 'Once more, alone: %s\n' "${files[@]}"
  timeout --kill-after=10 600 npx jest --runInBand --runTestsByPath "${files[@]}" --json --outputFile="$result.again" \
    >/dev/null
  node .ci/count-tests.mjs merge "$result" "$result.again"
}

# The last lines that CI prints.
print_total() {
  printf '\n=== Summary ===\n'
  if ((${#summary[@]})); then printf '%s\n' "${summary[@]}"; fi
  node .ci/count-tests.mjs total "$failures_without_test" "$work"/results/*.json
}
