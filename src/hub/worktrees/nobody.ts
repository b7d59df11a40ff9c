/** Who commits what is for Baton's own comparisons: it must not fail for want of a name, nor look like the user's. */
export const NOBODY = {
  GIT_AUTHOR_NAME: "Baton",
  GIT_AUTHOR_EMAIL: "baton@localhost",
  GIT_COMMITTER_NAME: "Baton",
  GIT_COMMITTER_EMAIL: "baton@localhost",
} as const;
