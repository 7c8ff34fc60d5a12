# What CI does with docker-compose. Sourced by .ci/run, which sets $work and $compose_project.
# shellcheck shell=bash

# Compose v1's own program, or v2's plugin.
compose() {
  if command -v docker-compose >/dev/null; then
    docker-compose --project-name "$compose_project" "$@"
  else
    docker compose --project-name "$compose_project" "$@"
  fi
}

container_of() { compose ps -q "$1" | head -n 1; }

# await_healthy SERVICE [SECONDS]
await_healthy() {
  local health
  for _ in $(seq "${2:-60}"); do
    health=$(docker inspect --format '{{.State.Health.Status}}' "$(container_of "$1")")
    [[ $health != healthy ]] || return 0
    sleep 1
  done
  echo "$1 is $health"
  return 1
}

compose_up() {
  if ! compose up --detach --build >"$work/compose-up.log" 2>&1; then
    tail -n 40 "$work/compose-up.log"
    compose logs --no-color --tail=40
    return 1
  fi
  local service
  for service in postgres redis auth-server gateway demo-api demo-app; do await_healthy "$service"; done
  compose ps
  compose exec -T auth-server cat /var/lib/gatehouse/demo.json >"$work/compose-demo.json"
  # Not by grep -q in a pipe: it would leave early, and pipefail would take that for a failure.
  [[ $(compose logs --no-color auth-server) == */var/lib/gatehouse/demo.json* ]] || {
    echo 'the auth-server did not print where demo.json is'
    return 1
  }
}

# The rules that docker-compose.yml states, read back from the running containers.
compose_is_hardened() {
  local service id
  for service in auth-server gateway demo-api demo-app; do
    id=$(container_of "$service")
    [[ $(docker exec "$id" id -un) == node ]] || { echo "$service does not run as the user node"; return 1; }
  done
  for service in postgres redis auth-server gateway demo-api demo-app; do
    docker inspect --format '{{json .HostConfig}}' "$(container_of "$service")" | node -e '
      const host = JSON.parse(require("fs").readFileSync(0, "utf8"));
      const published = Object.values(host.PortBindings ?? {}).flat().map((port) => port.HostPort);
      const faults = [
        !host.ReadonlyRootfs && "its root filesystem is writable",
        !host.CapDrop?.includes("ALL") && "it keeps capabilities",
        !host.SecurityOpt?.some((option) => option.startsWith("no-new-privileges")) && "it may gain privileges",
        (published.length > 0) !== ["auth-server", "gateway", "demo-app"].includes(process.argv[1]) &&
          `it publishes ports [${published}]`,
      ].filter(Boolean);
      for (const fault of faults) console.error(`${process.argv[1]}: ${fault}`);
      process.exit(faults.length ? 1 : 0)' "$service"
  done
}

compose_e2e() {
  compose_logs_on_failure e2e "$1" "$work/compose-demo.json" ".ci/restart-compose $compose_project \"\$1\""
}

compose_logs_on_failure() {
  local status=0
  "$@" || status=$?
  if ((status)); then compose logs --no-color --tail=60 auth-server gateway demo-api demo-app; fi
  return "$status"
}

# Three of each app start at the same moment on one empty database, and all become healthy.
compose_replicas() {
  local url containers=() id health number=0
  compose exec -T postgres psql --username=gatehouse --quiet --command='CREATE DATABASE replicas'
  url=postgres://gatehouse:${POSTGRES_PASSWORD:-development-only-password}@postgres:5432/replicas
  for service in auth-server auth-server auth-server gateway gateway gateway; do
    number=$((number + 1))
    compose run --detach --no-deps -e DATABASE_URL="$url" -e REDIS_URL=redis://redis:6379/1 \
      -e GATEHOUSE_DEMO_FILE= "$service" >"$work/replica.$number" &
  done
  wait
  mapfile -t containers < <(cat "$work"/replica.*)
  ((${#containers[@]} == 6))
  for id in "${containers[@]}"; do
    for _ in {1..60}; do
      health=$(docker inspect --format '{{.State.Health.Status}}' "$id")
      [[ $health != healthy ]] || break
      sleep 1
    done
    [[ $health == healthy ]] || { docker logs --tail=30 "$id"; echo "$id is $health"; break; }
  done
  docker rm --force "${containers[@]}" >/dev/null
  [[ $health == healthy ]]
}

# Started as production on the secrets of docker-compose.yml, each app ends with exit code 1 and names each.
compose_refuses_development_secrets() {
  local service output status setting
  for service in auth-server gateway; do
    status=0
    output=$(GATEHOUSE_ENV=production GATEHOUSE_ISSUER=https://id.example GATEHOUSE_GATEWAY_URL=https://api.example \
      compose run --rm --no-deps -T "$service" 2>&1) || status=$?
    echo "$output" | tail -n 5
    [[ $status == 1 ]] || { echo "$service ended with exit code $status, not 1"; return 1; }
    for setting in GATEHOUSE_SECRET DATABASE_URL; do
      [[ $output == *$setting* ]] || { echo "$service did not name $setting"; return 1; }
    done
  done
}

compose_down() {
  compose down --volumes --timeout 20
}
