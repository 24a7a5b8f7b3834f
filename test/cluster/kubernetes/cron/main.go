// Command cron says what Kubernetes makes of schedules: which it takes, by its own validation, and when it starts runs, by the parser that its
// CronJob controller calls. It reads a question as JSON from stdin and writes the answer as JSON to stdout.
package main

import (
	"encoding/json"
	"log"
	"os"
	"time"
	_ "time/tzdata"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/batch/validation"
	apivalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/util/parsers"
)

type question struct {
	Schedules []string `json:"schedules"`
	TimeZones []string `json:"timeZones"`
	Starts    []start  `json:"starts"`
}

// start asks for the runs of a schedule after a time.
type start struct {
	Schedule string    `json:"schedule"`
	TimeZone string    `json:"timeZone"`
	From     time.Time `json:"from"`
	Count    int       `json:"count"`
}

// answer has one element for each of the question, in its order; "" is no problem.
type answer struct {
	Schedules []string      `json:"schedules"`
	TimeZones []string      `json:"timeZones"`
	Runs      [][]time.Time `json:"runs"`
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	told := answer{Schedules: []string{}, TimeZones: []string{}, Runs: [][]time.Time{}}
	for _, schedule := range asked.Schedules {
		told.Schedules = append(told.Schedules, problem("spec.schedule", schedule, "Etc/UTC"))
	}
	for _, zone := range asked.TimeZones {
		told.TimeZones = append(told.TimeZones, problem("spec.timeZone", "@daily", zone))
	}
	for _, each := range asked.Starts {
		told.Runs = append(told.Runs, runs(each))
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		log.Fatal(err)
	}
}

// problem is what the API server says of a CronJob's field when it is created.
func problem(field, schedule, zone string) string {
	cronJob := batch.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: "asked", Namespace: "asked"},
		Spec:       batch.CronJobSpec{Schedule: schedule, TimeZone: &zone, ConcurrencyPolicy: batch.AllowConcurrent},
	}
	for _, found := range validation.ValidateCronJobCreate(&cronJob, apivalidation.PodValidationOptions{}) {
		if found.Field == field {
			return found.ErrorBody()
		}
	}
	return ""
}

// runs counts as the controller does, which writes a CronJob's zone before its schedule: pkg/controller/cronjob/cronjob_controllerv2.go, formatSchedule.
func runs(asked start) []time.Time {
	found := []time.Time{}
	schedule, err := parsers.ParseCronScheduleWithPanicRecovery("TZ=" + asked.TimeZone + " " + asked.Schedule)
	if err != nil {
		log.Fatalf("%q in %s: %v", asked.Schedule, asked.TimeZone, err)
	}
	for next := schedule.Next(asked.From); len(found) < asked.Count && !next.IsZero(); next = schedule.Next(next) {
		// From within an hour that comes twice the search can come out before its start, which it never does from run to run.
		if next.After(asked.From) {
			found = append(found, next.UTC())
		}
	}
	return found
}
