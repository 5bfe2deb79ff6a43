//go:build tools

// Package tools pins the certificate authority this network runs: go.mod and go.sum name every source file it is built from.
package tools

import (
	_ "github.com/hyperledger/fabric-ca/cmd/fabric-ca-server"
)
