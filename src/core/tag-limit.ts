/** RDS takes 50 tags on one resource; two places stay free: for the tag that a snapshot gets when its resource lets it go, and for that of who shares it. */
export const MAX_TAGS = 48;
