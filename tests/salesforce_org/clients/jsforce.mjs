// jsforce's own calls against the org: signs in, queries, reads in bulk, saves many records. Prints what came as JSON.
// Arguments: where jsforce is installed; what the test says, as JSON.

import { createRequire } from "node:module";

const [folder, said] = process.argv.slice(2);
const jsforce = createRequire(`${folder}/package.json`)("jsforce");
const { url, version, key, secret, contact } = JSON.parse(said);

const org = new jsforce.Connection({ loginUrl: url, instanceUrl: url, version });
await org.authorize({ grant_type: "client_credentials", client_id: key, client_secret: secret });
const told = {};

told.identity = await org.identity();
told.limits = await org.limits();
told.fields = (await org.describe("Task")).fields.length;

const pages = await org.query("SELECT Id, Name FROM Contact ORDER BY Id", { autoFetch: true, maxFetch: 100000 });
told.queried = pages.records.map((record) => record.Id);
told.found = await org.sobject("Contact").find({ LastName: contact.LastName }, ["Id", "Owner.Name"]).limit(5).execute();

const bulk = await org.bulk2.query("SELECT Id, LastName FROM Contact", { pollInterval: 10, pollTimeout: 60000 });
told.bulk = (await bulk.toArray()).map((record) => [record.Id, record.LastName]);

const task = org.sobject("Task");
told.created = await task.create({ Subject: "一件", WhoId: contact.Id });
told.updated = await task.update({ Id: told.created.id, Subject: "二件" });
told.upserted = await task.upsert({ Call_Key__c: "js-1", Subject: "三件" }, "Call_Key__c");
told.many = await task.upsert(
  [
    { Call_Key__c: "js-1", Subject: "四件" },
    { Call_Key__c: "js-2", Subject: "五件" },
    { Call_Key__c: "js-3", Subject: "x".repeat(256) },
  ],
  "Call_Key__c",
);
told.retrieved = await task.retrieve(told.created.id);
told.deleted = await org.sobject("Contact").deleted(new Date(Date.now() - 3600000), new Date(Date.now() + 120000));
told.destroyed = await task.destroy(told.created.id);

for (const [name, ask] of Object.entries({
  field: () => org.query("SELECT Shoe FROM Contact"),
  gone: () => task.update({ Id: told.created.id, Subject: "x" }),
  missing: () => org.sobject("Contact").create({ FirstName: "太郎" }),
})) {
  told[name] = await ask().then(
    () => "no error",
    (error) => error.errorCode,
  );
}

process.stdout.write(JSON.stringify(told));
