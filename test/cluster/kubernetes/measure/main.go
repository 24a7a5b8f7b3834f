// Command measure runs programs one after another and says what each took, for test/bench.
//
// It reads one JSON document a line, {"argv": [...], "env": [...], "timeoutSeconds": 60}, and answers each with one line. It is a
// program of its own, and a small one, because Linux counts the memory of whoever starts a process into that process's peak.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// maxOutputBytes bounds what is kept of a program's output: its last words are enough.
const maxOutputBytes = 4 << 20

type order struct {
	Argv           []string `json:"argv"`
	Env            []string `json:"env"`
	TimeoutSeconds float64  `json:"timeoutSeconds"`
}

type outcome struct {
	WallSeconds float64 `json:"wallSeconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	PeakMiB     float64 `json:"peakMiB"`
	// ExitCode is -1 where a signal ended the program, a timeout's among them.
	ExitCode int    `json:"exitCode"`
	Stdout   string `json:"stdout"`
	Stderr   string `json:"stderr"`
}

// prSetChildSubreaper is PR_SET_CHILD_SUBREAPER of prctl(2).
const prSetChildSubreaper = 36

func main() {
	// What a program leaves behind becomes a child of this one, so that its CPU time counts too: esbuild ends after the Node that started it.
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		log.Fatalf("measure: %v", errno)
	}
	orders, outcomes := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var next order
		err := orders.Decode(&next)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Fatalf("measure: %v", err)
		}
		if err := outcomes.Encode(measure(next)); err != nil {
			log.Fatalf("measure: %v", err)
		}
	}
}

func measure(next order) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(next.TimeoutSeconds*float64(time.Second)))
	defer cancel()
	var stdout, stderr tail
	command := exec.CommandContext(ctx, next.Argv[0], next.Argv[1:]...)
	command.Env, command.Stdout, command.Stderr = next.Env, &stdout, &stderr
	start := time.Now()
	err := command.Run()
	wall := time.Since(start)
	if command.ProcessState == nil {
		return outcome{ExitCode: -1, Stderr: err.Error()}
	}
	result := outcome{
		WallSeconds: wall.Seconds(),
		CPUSeconds:  (command.ProcessState.UserTime() + command.ProcessState.SystemTime() + leftBehind()).Seconds(),
		ExitCode:    command.ProcessState.ExitCode(),
		Stdout:      stdout.String(),
		Stderr:      stderr.String(),
	}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		result.PeakMiB = float64(usage.Maxrss) / 1024
	}
	return result
}

// leftBehind waits a moment for the processes that a program did not wait for, and says what CPU time they took.
func leftBehind() (cpu time.Duration) {
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); {
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, &usage)
		switch {
		case err != nil: // there are none left
			return cpu
		case pid == 0:
			time.Sleep(time.Millisecond)
		default:
			cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
	}
	return cpu
}

// tail keeps the end of what is written to it.
type tail struct{ bytes.Buffer }

func (kept *tail) Write(chunk []byte) (int, error) {
	written, err := kept.Buffer.Write(chunk)
	if excess := kept.Len() - maxOutputBytes; excess > 0 {
		kept.Next(excess)
	}
	return written, err
}
