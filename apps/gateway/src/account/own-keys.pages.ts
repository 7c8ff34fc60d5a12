import { type Html, html, type Page, personLine, timeText } from '@gatehouse/pages';
import type { KeyTeam } from '../consumers/personal-keys/own-key-teams.service.js';
import type { NewOwnKey, OwnKey } from '../consumers/personal-keys/own-keys.service.js';
import { loginPath, ownPath } from '../login/login-path.js';
import { budgetLine } from './budget-line.js';
import type { KeyForm } from './key-form.js';
import type { ShownKey, ShownKeys } from './own-keys-view.service.js';
import { keysPath, type PagePerson } from './own-page.js';

/** One's own keys: what each is for and has used, and what may be made. */
export function keysPage(person: PagePerson, { keys, teams, budgets }: ShownKeys): Page {
  const shared = budgets?.filter(({ of }) => of !== 'key') ?? [];
  return {
    title: 'Your AI keys',
    body: html`<h1>Your AI keys</h1>
      <p class="lead">For programs that call AI models in your name.</p>
      ${personLine(person, signOut(person))}
      ${
        keys.length === 0
          ? html`<p class="quiet">You have no keys yet.</p>`
          : html`<ul class="list">
              ${keys.map((one) => keyItem(person, one, budgets))}
            </ul>`
      }
      ${
        shared.length > 0 &&
        html`<h2>Budgets that count all your calls</h2>
          <ul class="list">
            ${shared.map((one) => html`<li><p class="quiet">${budgetLine(one)}</p></li>`)}
          </ul>`
      }
      ${budgets === undefined && html`<p class="quiet">What is left of budgets cannot be read just now.</p>`}
      ${teams.length === 0 ? noTeams(person) : teams.map((team) => makeOne(person, team, keys))}`,
  };
}

function keyItem(person: PagePerson, shown: ShownKey, budgets: ShownKeys['budgets']): Html {
  const { key, createdAt, isUsable } = shown;
  const { name: id, label, team, models, expires_at: end, secrets } = key;
  const ended = Date.parse(end) <= Date.now();
  const own = budgets?.filter(({ of, keys }) => of === 'key' && keys.includes(id)) ?? [];
  return html`<li>
    <p>
      <strong><bdi>${label}</bdi></strong> · <code>${secrets[0]?.prefix ?? ''}…</code><br />
      <span class="quiet">
        Team <bdi>${team}</bdi> · ${models ? models.join(', ') : 'all models of the team'}<br />
        ${ended ? 'Ended' : 'Good until'} ${timeText(Date.parse(end))}
        ${!ended && !isUsable && html` · <strong>refused: your team does not allow it any longer</strong>`}<br />
        ${usedLine(shown)}<br />
        Made ${timeText(createdAt.getTime())} ${own.map((one) => html`<br />${budgetLine(one)}`)}
      </span>
    </p>
    <a href="${keysPath(person, `/${id}/delete`)}">Delete<span class="unseen"> ${label}</span></a>
  </li>`;
}

function usedLine({ use: { lastUsedAt, calls, cost } }: ShownKey): Html {
  if (!lastUsedAt) return html`Not used yet`;
  return html`Last used ${timeText(lastUsedAt.getTime())}<br />This month ${calls.toLocaleString('en')}
    ${calls === 1 ? 'call' : 'calls'}, $${dollars(cost)}`;
}

/** Calls cost fractions of a cent. */
function dollars(amount: number): string {
  return amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 });
}

function makeOne(person: PagePerson, { name, per_member: most }: KeyTeam, keys: readonly OwnKey[]): Html {
  const there = keys.filter(({ key }) => key.team === name).length;
  if (there >= most) {
    return html`<p class="quiet">
      You have as many keys for the team <strong><bdi>${name}</bdi></strong> as you may have: ${most}. Delete
      one to make another.
    </p>`;
  }
  return html`<p>
    <a class="button" href="${keysPath(person, '/new', { team: name })}">Make a key for <bdi>${name}</bdi></a>
  </p>`;
}

function noTeams({ client }: PagePerson): Html {
  const other = loginPath({ returnTo: keysPath({ client }), client, prompt: 'login' });
  return html`<p>
      You are in no team whose members may make keys. Who runs this gateway can change that; or use another
      account.
    </p>
    <p><a class="button" href="${other}">Use another account</a></p>`;
}

export function newKeyPage(person: PagePerson, team: KeyTeam, form: KeyForm): Page {
  const { faults } = form;
  return {
    title: `A new key for ${team.name}`,
    body: html`<h1>A new key for <bdi>${team.name}</bdi></h1>
      <p class="lead">Its calls are counted for you and for the team.</p>
      ${Object.keys(faults).length > 0 && html`<p class="alert" role="alert">${Object.values(faults).join(' ')}</p>`}
      <form method="post" action="${keysPath(person)}">
        <input type="hidden" name="csrf" value="${person.csrf}" />
        <input type="hidden" name="team" value="${team.name}" />
        <label for="name">Name</label>
        <input
          type="text"
          id="name"
          name="name"
          value="${form.name}"
          maxlength="100"
          required
          autocomplete="off"
          aria-describedby="name-hint"
          ${invalid(faults.name)}
        />
        <p class="quiet" id="name-hint">Where it will be used, such as “laptop”.</p>
        ${modelFields(team, form)}
        <label for="days">Good for how many days</label>
        <input
          type="text"
          inputmode="numeric"
          id="days"
          name="days"
          value="${form.days}"
          required
          autocomplete="off"
          aria-describedby="days-hint"
          ${invalid(faults.days)}
        />
        <p class="quiet" id="days-hint">1 to ${team.max_days}.</p>
        <button type="submit">Make the key</button>
      </form>
      <p><a href="${keysPath(person)}">Back to your keys</a></p>`,
  };
}

function invalid(fault: string | undefined): Html | false {
  return fault !== undefined && html`aria-invalid="true"`;
}

/** A team that names no models lets its keys have whichever the route allows. */
function modelFields({ models: allowed }: KeyTeam, { models, faults }: KeyForm): Html {
  if (!allowed) {
    return html`<label for="models">Models</label>
      <input
        type="text"
        id="models"
        name="models"
        value="${models.join(' ')}"
        autocomplete="off"
        aria-describedby="models-hint"
        ${invalid(faults.models)}
      />
      <p class="quiet" id="models-hint">Names with spaces between them; empty: all.</p>`;
  }
  return html`<fieldset>
    <legend>Models</legend>
    ${allowed.map(
      (model) =>
        html`<label class="check">
          <input
            type="checkbox"
            name="models"
            value="${model}"
            autocomplete="off"
            ${models.includes(model) && html`checked`}
          />
          <bdi>${model}</bdi>
        </label>`,
    )}
    <p class="quiet">None: all of them, also those that are added later.</p>
  </fieldset>`;
}

/** The only page that ever has the secret. */
export function madeKeyPage(
  person: PagePerson,
  { key, shownOnce }: NewOwnKey,
  addresses: readonly string[],
): Page {
  return {
    title: 'Your new key',
    body: html`<h1>Your new key</h1>
      <p>Copy it now: nobody can show it again.</p>
      <pre class="secret" tabindex="0" aria-label="The key"><code>${shownOnce.secret}</code></pre>
      <p class="quiet"><bdi>${key.label}</bdi> · good until ${timeText(Date.parse(key.expires_at))}</p>
      ${
        addresses.length > 0 &&
        html`<h2>Where it is good</h2>
          <p>Give it to the SDK of any vendor in place of the vendor’s own, with this base URL:</p>
          ${addresses.map(
            (address) =>
              html`<dl>
                <dt>OpenAI</dt>
                <dd><code>${address}/v1</code></dd>
                <dt>Others</dt>
                <dd><code>${address}</code></dd>
              </dl>`,
          )}`
      }
      <p><a class="button" href="${keysPath(person)}">I have copied it</a></p>`,
  };
}

export function deleteKeyPage(person: PagePerson, { key: { name: id, label, secrets } }: OwnKey): Page {
  return {
    title: `Delete ${label}?`,
    body: html`<h1>Delete <bdi>${label}</bdi>?</h1>
      <p>
        Programs that use the key <code>${secrets[0]?.prefix ?? ''}…</code> stop working at once. It cannot be
        taken back.
      </p>
      <form method="post" action="${keysPath(person, `/${id}/delete`)}">
        <input type="hidden" name="csrf" value="${person.csrf}" /><button type="submit">
          Delete the key
        </button>
      </form>
      <p><a class="button plain" href="${keysPath(person)}">Keep it</a></p>`,
  };
}

function signOut({ client }: PagePerson): Html {
  return html`<a href="${ownPath('logout', client)}">Sign out</a>`;
}
