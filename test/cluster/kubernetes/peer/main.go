// Command peer does the works of test/bench with client-go, as a Go program in a pod would be written.
//
//	peer [--qps N --burst N] first|list|metadata|watch|delete NAMESPACE [COUNT]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"
)

const (
	pageSize    = 500
	concurrency = 64
)

var works = map[string]func(context.Context, *rest.Config, string, int) (int, error){
	"first":    first,
	"list":     list,
	"metadata": listMetadata,
	"watch":    watch,
	"delete":   deleteAll,
}

func main() {
	qps := flag.Float64("qps", 0, "requests a second; 0 keeps client-go's default")
	burst := flag.Int("burst", 0, "requests at once above that; 0 keeps client-go's default")
	flag.Parse()
	if err := run(float32(*qps), *burst, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(qps float32, burst int, args []string) error {
	if len(args) < 2 || works[args[0]] == nil {
		return fmt.Errorf("usage: peer [--qps N --burst N] first|list|metadata|watch|delete NAMESPACE [COUNT]")
	}
	count := 0
	if len(args) > 2 {
		count, _ = strconv.Atoi(args[2])
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	config.QPS, config.Burst = qps, burst
	done, err := works[args[0]](context.Background(), config, args[1], count)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]int{"count": done})
}

func first(ctx context.Context, config *rest.Config, namespace string, _ int) (int, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, err
	}
	return len(pods.Items), nil
}

func list(ctx context.Context, config *rest.Config, namespace string, _ int) (int, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	return countPages(ctx, func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.CoreV1().Pods(namespace).List(ctx, options)
	})
}

func listMetadata(ctx context.Context, config *rest.Config, namespace string, _ int) (int, error) {
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	pods := client.Resource(corev1.SchemeGroupVersion.WithResource("pods")).Namespace(namespace)
	return countPages(ctx, func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return pods.List(ctx, options)
	})
}

func countPages(ctx context.Context, page pager.ListPageFunc) (int, error) {
	count := 0
	pages := pager.New(page)
	pages.PageSize = pageSize
	err := pages.EachListItem(ctx, metav1.ListOptions{}, func(runtime.Object) error {
		count++
		return nil
	})
	return count, err
}

func watch(ctx context.Context, config *rest.Config, namespace string, count int) (int, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	// Version 0: the server begins with an event for each object that there is.
	events, err := client.CoreV1().Pods(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return 0, err
	}
	defer events.Stop()
	seen := make(map[string]struct{}, count)
	for event := range events.ResultChan() {
		if pod, ok := event.Object.(*corev1.Pod); ok {
			seen[pod.Name] = struct{}{}
		}
		if len(seen) == count {
			break
		}
	}
	return len(seen), nil
}

func deleteAll(ctx context.Context, config *rest.Config, namespace string, _ int) (int, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	pods := client.CoreV1().Pods(namespace)
	var names []string
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return pods.List(ctx, options)
	})
	pages.PageSize = pageSize
	err = pages.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		names = append(names, object.(*corev1.Pod).Name)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return deleteNames(names, func(name string) error { return pods.Delete(ctx, name, metav1.DeleteOptions{}) })
}

func deleteNames(names []string, remove func(string) error) (int, error) {
	queue := make(chan string)
	errs := make(chan error, concurrency)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for name := range queue {
				if err := remove(name); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	go func() {
		defer close(queue)
		for _, name := range names {
			queue <- name
		}
	}()
	workers.Wait()
	select {
	case err := <-errs:
		return 0, err
	default:
		return len(names), nil
	}
}
