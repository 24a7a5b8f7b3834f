// @kubernetes/client-node, as its README shows it. Usage: client-node.mjs first|list|watch|delete NAMESPACE [COUNT]
import { CoreV1Api, KubeConfig, Watch } from "@kubernetes/client-node";

const PAGE_SIZE = 500;
const CONCURRENCY = 64;
const [, , operation, namespace, count] = process.argv;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromCluster();

const WORKS = {
  async first() {
    const { items } = await api().listNamespacedPod({ namespace });
    return items.length;
  },
  async list() {
    let seen = 0;
    for await (const items of pages()) seen += items.length;
    return seen;
  },
  async watch() {
    const seen = new Set();
    const watch = new Watch(kubeConfig);
    return new Promise((resolve, reject) => {
      const onEvent = (_type, pod) => {
        seen.add(pod.metadata.name);
        if (seen.size === Number(count)) resolve(seen.size);
      };
      const path = `/api/v1/namespaces/${namespace}/pods`;
      watch.watch(path, { resourceVersion: "0" }, onEvent, reject).catch(reject);
    });
  },
  async delete() {
    const names = [];
    for await (const items of pages()) names.push(...items.map((pod) => pod.metadata.name));
    const total = names.length;
    const client = api();
    const worker = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await client.deleteNamespacedPod({ name, namespace });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return total;
  },
};

function api() {
  return kubeConfig.makeApiClient(CoreV1Api);
}

async function* pages() {
  const client = api();
  let token;
  do {
    const page = await client.listNamespacedPod({ namespace, limit: PAGE_SIZE, _continue: token });
    yield page.items;
    token = page.metadata?._continue;
  } while (token);
}

const done = await WORKS[operation]();
console.log(JSON.stringify({ count: done }));
process.exit();
