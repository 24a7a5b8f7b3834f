throw new Error("no configuration found");
