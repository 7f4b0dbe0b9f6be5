/** Variables by name, as a process is given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. Nothing else in the product reads it. */
export const readEnvironment = (): Environment => process.env;

/** What is set in it. An empty variable is one that is not set: compose files write them that way. */
export const givenIn = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
