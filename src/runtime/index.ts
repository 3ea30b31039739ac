export const deployDoor = { };
