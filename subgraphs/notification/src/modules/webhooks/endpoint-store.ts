import { SqlList } from '@flowmesh/platform/connections';
import type { SqlParameters } from '@flowmesh/platform/database';
import type { SecretBox } from '@flowmesh/platform/secrets';
import type { Pool } from 'pg';
import { secretsInUse } from '../../adapters/webhook/signing-secrets.ts';
import type { WebhookEndpoints, WebhookSigning } from '../../adapters/webhook/webhook.ts';
import type { KnownEndpoints } from '../notifications/sending-rights.ts';
import type { EndpointRecord, EndpointSecrets } from './endpoint-record.ts';

const COLUMNS = `
  e.id, e.user_id as "userId", e.url, e.description, e.header_names as "headerNames",
  case when e.rotating_until > now() then e.rotating_until end as "rotatingUntil", e.version,
  e.created_at as "createdAt", e.updated_at as "updatedAt", d.reason as "disabledReason", d.created_at as "disabledAt"`;
const FROM = `webhook_endpoints e left join disabled_recipients d on d.channel = 'WEBHOOK' and d.recipient = e.url`;

/** What a list shows. */
export interface EndpointQuery {
  readonly userId: string;
  /** Null: whether or not it is disabled. */
  readonly disabled: boolean | null;
}

export interface NewEndpoint {
  readonly id: string;
  readonly userId: string;
  readonly url: string;
  readonly description: string | null;
}

const rotatingUntil = ({ previousUntil }: EndpointSecrets) => previousUntil ?? null;

/** Endpoints of users, and what signs calls to them, which is sealed here and nowhere else. */
export class EndpointStore implements WebhookEndpoints, KnownEndpoints {
  readonly list: SqlList<EndpointRecord, EndpointQuery, 'createdAt'>;

  constructor(
    private readonly pool: Pool,
    private readonly box: SecretBox,
  ) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: FROM,
      where: conditionSql,
      orderColumns: { createdAt: 'e.created_at' },
      idColumn: 'e.id',
    });
  }

  async signingOf(userId: string, url: string): Promise<WebhookSigning | null> {
    const { rows } = await this.pool.query<{ id: string; sealed: string }>(
      'select id, sealed_secrets as sealed from webhook_endpoints where user_id = $1 and url = $2',
      [userId, url],
    );
    const [row] = rows;
    if (!row) return null;
    const secrets = this.open(row.id, row.sealed);
    return { secrets: secretsInUse(secrets), headers: secrets.headers };
  }

  async has(userId: string, url: string): Promise<boolean> {
    const known = URL.canParse(url.trim()) ? new URL(url.trim()).toString() : url;
    const sql = 'select 1 from webhook_endpoints where user_id = $1 and url = $2';
    return (await this.pool.query(sql, [userId, known])).rowCount === 1;
  }

  async find(userId: string, id: string): Promise<EndpointRecord | null> {
    const sql = `select ${COLUMNS} from ${FROM} where e.user_id = $1 and e.id = $2`;
    return (await this.pool.query<EndpointRecord>(sql, [userId, id])).rows[0] ?? null;
  }

  /** False when the user has an endpoint of this address: the unique index decides. */
  async create({ id, userId, url, description }: NewEndpoint, secrets: EndpointSecrets): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `insert into webhook_endpoints (id, user_id, url, description, header_names, sealed_secrets)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [id, userId, url, description, Object.keys(secrets.headers), this.seal(id, secrets)],
    );
    return rowCount === 1;
  }

  /** Writes only if the endpoint is still at this version. */
  async update(
    { id, version }: Pick<EndpointRecord, 'id' | 'version'>,
    description: string | null,
    secrets: EndpointSecrets,
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update webhook_endpoints set description = $3, header_names = $4, sealed_secrets = $5, rotating_until = $6,
         version = version + 1, updated_at = now()
       where id = $1 and version = $2`,
      [id, version, description, Object.keys(secrets.headers), this.seal(id, secrets), rotatingUntil(secrets)],
    );
    return rowCount === 1;
  }

  /** Of an endpoint that was found a moment ago; null when it is not there any more. */
  async secretsOf(id: string): Promise<EndpointSecrets | null> {
    const { rows } = await this.pool.query<{ sealed: string }>(
      'select sealed_secrets as sealed from webhook_endpoints where id = $1',
      [id],
    );
    return rows[0] ? this.open(id, rows[0].sealed) : null;
  }

  async remove(userId: string, id: string): Promise<boolean> {
    const sql = 'delete from webhook_endpoints where user_id = $1 and id = $2';
    return (await this.pool.query(sql, [userId, id])).rowCount === 1;
  }

  /** Lets it be sent to again, for the user whose endpoint it is. */
  async enable(userId: string, id: string): Promise<void> {
    await this.pool.query(
      `delete from disabled_recipients d using webhook_endpoints e
       where e.user_id = $1 and e.id = $2 and d.channel = 'WEBHOOK' and d.recipient = e.url`,
      [userId, id],
    );
  }

  private seal(id: string, secrets: EndpointSecrets): string {
    return this.box.seal(JSON.stringify(secrets), `webhook-endpoint:${id}`);
  }

  private open(id: string, sealed: string): EndpointSecrets {
    return JSON.parse(this.box.open(sealed, `webhook-endpoint:${id}`)) as EndpointSecrets;
  }
}

function conditionSql({ userId, disabled }: EndpointQuery, parameters: SqlParameters): string {
  const state = disabled === null ? '' : ` and d.recipient is ${disabled ? 'not ' : ''}null`;
  return `e.user_id = ${parameters.add(userId)}${state}`;
}
