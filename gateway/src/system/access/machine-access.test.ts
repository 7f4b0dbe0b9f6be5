import {
  createAccessGuard,
  readAccessRules,
  scopeCovers,
  type AccessRule,
  type Viewer,
} from '@flowmesh/platform/access';
import fc from 'fast-check';
import { buildASTSchema, parse } from 'graphql';
import { readSupergraphFile } from '../../supergraph/supergraph-file.ts';

const document = parse(readSupergraphFile());
const rules = readAccessRules(document);
const guard = createAccessGuard(buildASTSchema(document, { assumeValid: true }), rules);
const fields = [...rules].map(([coordinate, each]) => {
  const [type, field] = coordinate.split('.');
  return { coordinate, each, document: parse(`query { __typename } fragment F on ${type} { ${field} }`) };
});
const isRoot = (coordinate: string) => /^(Query|Mutation|Subscription)\./.test(coordinate);

const allScopes = [
  ...new Set(
    [...rules.values()].flat().flatMap((rule) => [...(rule.public ? [] : rule.scopes), ...rule.machineScopes].flat()),
  ),
].sort();

const machine = (scopes: readonly string[]): Viewer[] => [
  { kind: 'api-key', keyId: 'k', userId: 'u', principal: 'user', scopes, expiresAt: 4e9 },
  { kind: 'api-key', keyId: 'k', userId: 'u', principal: 'service-account', scopes, expiresAt: 4e9 },
  { kind: 'service', service: 'workflow', userId: 'u', scopes },
];

/** What a rule says, worked out again from its words. */
function saysYes(rule: AccessRule, scopes: readonly string[]): boolean {
  const holdsOne = (wanted: readonly string[][]) =>
    wanted.length === 0 || wanted.some((all) => all.every((scope) => scopes.some((held) => scopeCovers(held, scope))));
  return holdsOne(rule.machineScopes) && (rule.public || (!rule.session && holdsOne(rule.scopes)));
}

test('a machine may use a field exactly when its scopes say so, whatever they are', () => {
  expect(fields.length).toBeGreaterThan(600);
  fc.assert(
    fc.property(fc.subarray(allScopes), (scopes) => {
      for (const viewer of machine(scopes)) {
        const wrong = fields.filter(
          ({ each, document: one }) =>
            (guard(one, undefined, viewer) === null) !== each.every((rule) => saysYes(rule, scopes)),
        );
        expect(wrong.map(({ coordinate }) => coordinate)).toEqual([]);
      }
    }),
    { numRuns: 20 },
  );
});

test('a machine without scopes may use what anybody may use who is not signed in, and nothing else', () => {
  for (const viewer of machine([])) {
    const open = fields.filter(({ document: one }) => guard(one, undefined, viewer) === null);
    const openToAnybody = fields.filter(({ document: one }) => guard(one, undefined, { kind: 'anonymous' }) === null);
    expect(open.every((field) => openToAnybody.includes(field))).toBe(true);
    expect(
      open
        .map(({ coordinate }) => coordinate)
        .filter(isRoot)
        .sort(),
    ).toEqual([
      'Mutation.completeMfaLogin',
      'Mutation.login',
      'Mutation.loginWithAuth0',
      'Mutation.refreshToken',
      'Mutation.register',
      'Mutation.requestPasswordReset',
      'Mutation.resendVerificationEmail',
      'Mutation.resetPassword',
      'Mutation.revokeToken',
      'Mutation.verifyEmail',
      'Query.passwordStrength',
      'Query.validateToken',
    ]);
  }
});

const NO_MACHINE = 'no machine';

/** Every field that asks a person for no scope but is not for everybody, and what it asks of a machine. */
const WITHOUT_SCOPES: Readonly<Record<string, string>> = {
  'AuditAction.*': 'audit:read-any',
  'AuditLog.*': 'audit:read-any',
  'AuditLogConnection.*': 'audit:read-any',
  'AuditLogEdge.*': 'audit:read-any',
  'GivenAddress.*': 'user:read-any',
  'InboxItem.*': 'notification:read',
  'InboxUpdate.*': 'notification:read',
  'MfaStatus.*': NO_MACHINE,
  'Mutation.archiveNotification': 'notification:write',
  'Mutation.beginMfaEnrolment': NO_MACHINE,
  'Mutation.changePassword': NO_MACHINE,
  'Mutation.confirmMfaEnrolment': NO_MACHINE,
  'Mutation.deleteUser': 'user:write-any',
  'Mutation.disableMfa': NO_MACHINE,
  'Mutation.logout': NO_MACHINE,
  'Mutation.logoutEverywhere': NO_MACHINE,
  'Mutation.markAllNotificationsRead': 'notification:write',
  'Mutation.markNotificationRead': 'notification:write',
  'Mutation.regenerateBackupCodes': NO_MACHINE,
  'Mutation.revokeSession': NO_MACHINE,
  'Mutation.unlinkAuth0': NO_MACHINE,
  'Mutation.updateNotificationPreferences': 'notification:write',
  'Mutation.updateUser': 'user:write-any',
  'Query.auditActions': 'audit:read-any',
  'Query.auditLogs': 'audit:read-any',
  'Query.explainAccess': 'access:read',
  'Query.inbox': 'notification:read',
  'Query.me': 'user:read or user:read-any',
  'Query.mfaStatus': NO_MACHINE,
  'Query.notificationPreferences': 'notification:read',
  'Query.services': 'service:read',
  'Query.sessions': 'session:read-any',
  'Query.unreadCount': 'notification:read',
  'Service.*': 'service:read',
  'ServiceDependency.*': 'service:read',
  'Session.*': 'session:read-any',
  'Subscription.inboxUpdates': 'notification:read',
  'User.auth0Id': 'user:read or user:read-any',
  'User.createdAt': 'user:read or user:read-any',
  'User.email': 'user:read or user:read-any',
  'User.emailVerified': 'user:read or user:read-any',
  'User.firstName': 'user:read or user:read-any',
  'User.lastLogin': 'user:read or user:read-any',
  'User.lastName': 'user:read or user:read-any',
  'User.metadata': 'user:read or user:read-any',
  'User.mfaEnabled': 'user:read or user:read-any',
  'User.mfaEnrolmentRequired': 'user:read or user:read-any',
  'User.passwordExpiresAt': 'user:read or user:read-any',
  'User.roles': 'user:read or user:read-any',
  'User.scopes': 'user:read or user:read-any',
  'User.status': 'user:read or user:read-any',
  'User.updatedAt': 'user:read or user:read-any',
  'User.username': 'user:read or user:read-any',
};

test('every field that asks a person for no scope says what it asks of a machine', () => {
  const asked: Record<string, string> = {};
  for (const { coordinate, each } of fields) {
    const [rule] = each;
    if (!rule || each.length !== 1 || (rule.public ? rule.machineScopes.length === 0 : rule.scopes.length > 0))
      continue;
    const asksOf =
      !rule.public && rule.session ? NO_MACHINE : rule.machineScopes.map((all) => all.join(' and ')).join(' or ');
    const [type] = coordinate.split('.');
    const key = isRoot(coordinate) || type === 'User' ? coordinate : `${type}.*`;
    expect(asked[key] ?? asksOf).toBe(asksOf);
    asked[key] = asksOf;
  }
  expect(asked).toEqual(WITHOUT_SCOPES);
});

test('a person who lacks the second factor that is required may set one up, choose a password and leave', () => {
  const viewer: Viewer = {
    kind: 'user',
    userId: 'u',
    sessionId: 's',
    expiresAt: 4e9,
    recentUntil: 4e9,
    scopes: ['*:*'],
    mfaEnrolmentRequired: true,
  };
  const open = fields
    .filter(({ each, document: one }) => each.some((rule) => !rule.public) && guard(one, undefined, viewer) === null)
    .map(({ coordinate }) => coordinate)
    .sort();
  expect(open).toEqual([
    'MfaStatus.backupCodesLeft',
    'MfaStatus.enabledAt',
    'Mutation.beginMfaEnrolment',
    'Mutation.changePassword',
    'Mutation.confirmMfaEnrolment',
    'Mutation.logout',
    'Query.mfaStatus',
  ]);
  expect(guard(parse('{ me { id } }'), undefined, viewer)).toMatchObject({
    message: 'Query.me takes a second factor, which is required here: set one up, with beginMfaEnrolment.',
    extensions: { code: 'FORBIDDEN', coordinate: 'Query.me', mfaEnrolmentRequired: true },
  });
});
