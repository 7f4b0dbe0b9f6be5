import { randomBytes } from 'node:crypto';
import { graph, type GraphClient } from './graph.ts';
import type { ProductAddress } from './test-config.ts';

export interface TestUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The graph as this user. */
  readonly graph: GraphClient;
}

/** A name nobody else has. */
export const unique = (word: string): string => `${word}-${randomBytes(5).toString('hex')}`;

interface SignedIn {
  readonly tokens: { readonly accessToken: string; readonly refreshToken: string };
  readonly user: { readonly id: string; readonly username: string };
}

export const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess { tokens { accessToken refreshToken } user { id username } }
    ... on MutationError { code message }
  }
}`;

/** Signs in with a password. */
export async function signIn(product: ProductAddress, email: string, password: string): Promise<TestUser> {
  const { anonymous, as } = graph(product);
  const { tokens, user } = await anonymous.mutate<SignedIn>(LOGIN, { input: { identifier: email, password } });
  return { ...user, email, password, ...tokens, graph: as(tokens) };
}

const admins = new Map<string, Promise<TestUser>>();

/** The first administrator of a product, signed in once. */
export function administrator(product: ProductAddress): Promise<TestUser> {
  const known = admins.get(product.url) ?? signIn(product, product.admin.email, product.admin.password);
  admins.set(product.url, known);
  return known;
}

/** A new user with these roles, signed in. */
export async function makeUser(product: ProductAddress, options: { readonly roles?: readonly string[] } = {}) {
  const admin = await administrator(product);
  const username = unique('user');
  const email = `${username}@flowmesh.test`;
  const password = `pass phrase of ${username}`;
  const created = await admin.graph.mutate<{ __typename: string }>(
    `mutation CreateUser($input: CreateUserInput!) {
      createUser(input: $input) { __typename ... on MutationError { message } }
    }`,
    { input: { email, username, password, ...(options.roles && { roles: options.roles }) } },
  );
  if (created.__typename !== 'CreateUserSuccess') throw new Error(`createUser: ${JSON.stringify(created)}`);
  return signIn(product, email, password);
}
