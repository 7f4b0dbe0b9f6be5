/** What a new tab shows: how to sign in, then something worth seeing. */
export const FIRST_QUERY = `# Flowmesh: one graph for running teams of AI agents.
#
# 1. Sign in: put your e-mail and password below and press Ctrl-Enter (Cmd-Enter on a Mac). The first
#    administrator's were printed when the product started for the first time, or set as ADMIN_EMAIL and
#    ADMIN_PASSWORD.
# 2. Copy the accessToken and write into the Headers tab at the bottom:
#      { "authorization": "Bearer <accessToken>" }
#    Subscriptions use it too. It is kept in this tab only. Where the documentation is empty, the schema is shown to
#    those who hold access:read: fetch it again now, with the round arrow at the bottom left.
# 3. Run the second operation, or find others in the documentation and the explorer on the left.

mutation SignIn {
  login(input: { identifier: "you@example.com", password: "" }) {
    ... on LoginSuccess {
      tokens {
        accessToken
        accessTokenExpiresAt
      }
      user {
        username
      }
    }
    ... on MutationError {
      code
      message
    }
  }
}

query Overview {
  me {
    username
    email
  }
  agents(first: 5) {
    totalCount
    nodes {
      name
      type
      status
    }
  }
  workflows(first: 5) {
    nodes {
      name
      status
      executionCount
    }
  }
}

# Events of your workflows as they happen.
subscription Live {
  workflowExecutionEvents {
    cursor
    type
    stepId
    execution {
      status
      workflow {
        name
      }
    }
  }
}
`;
