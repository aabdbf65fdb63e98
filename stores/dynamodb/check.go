package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/patchbay-go/patchbay/core"
)

// page is where it stands how all this is set up.
const page = "docs/stores/dynamodb.md"

// Check finds out whether the table can be used, and says in plain words what is wrong and what to do: for the start of a server, and for
// whoever has just set one up. It needs leave to describe the table, which nothing else here does.
func (s *Store) Check(ctx context.Context) error {
	a, err := s.begin(ctx)
	if err != nil {
		return err
	}
	if err := s.checkSettings(ctx); err != nil {
		return err
	}
	out, err := s.client.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: &s.table}, a.watch)
	if err != nil {
		return s.problem(a.explain(s.table, err))
	}
	if err := s.checkTable(out.Table); err != nil {
		return err
	}
	if err := s.checkTTL(ctx); err != nil {
		return err
	}
	if _, err := s.load(ctx, core.Key{Partition: "check", Sort: "check"}); err != nil {
		return s.problem(err)
	}
	if s.aside != nil {
		return s.aside.Check(ctx)
	}
	return nil
}

// checkSettings finds what the SDK would say in a riddle.
func (s *Store) checkSettings(ctx context.Context) error {
	o := s.client.Options()
	if o.Region == "" {
		return errors.New("dynamodb: no region is set: set AWS_REGION, or region= in the store's URL")
	}
	if o.Credentials == nil {
		return errors.New("dynamodb: the client has no credentials")
	}
	if _, err := o.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("dynamodb: there are no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine a role: %w", err)
	}
	return nil
}

// checkTable finds a table that is not ready, or was made for something else.
func (s *Store) checkTable(d *types.TableDescription) error {
	switch d.TableStatus {
	case types.TableStatusActive, types.TableStatusUpdating:
	default:
		return fmt.Errorf("dynamodb: table %q is %s: wait until it is ACTIVE", s.table, d.TableStatus)
	}
	for _, key := range keySchema() {
		isKey := slices.ContainsFunc(d.KeySchema, func(k types.KeySchemaElement) bool {
			return *k.AttributeName == *key.AttributeName && k.KeyType == key.KeyType
		})
		isString := slices.ContainsFunc(d.AttributeDefinitions, func(a types.AttributeDefinition) bool {
			return *a.AttributeName == *key.AttributeName && a.AttributeType == types.ScalarAttributeTypeS
		})
		if !isKey || !isString || len(d.KeySchema) != 2 {
			return fmt.Errorf("dynamodb: table %q was made for something else: it needs the partition key pk and the sort key sk, both Strings; "+
				"name another table, or make one as %s says", s.table, page)
		}
	}
	return nil
}

// checkTTL finds a table that would grow for ever. Emulators need not know of that.
func (s *Store) checkTTL(ctx context.Context) error {
	if isEmulator(s.client.Options().BaseEndpoint) {
		return nil
	}
	attribute, err := s.ttlAttribute(ctx)
	switch {
	case err != nil:
		return s.problem(err)
	case attribute != ttlName:
		return fmt.Errorf("dynamodb: table %q keeps what has expired for ever: turn its time to live on, for the attribute %q (%s says how)",
			s.table, ttlName, page)
	}
	return nil
}

// problem says what to do about an error of the server, or of the way there.
func (s *Store) problem(err error) error {
	switch codeOf(err) {
	case "ResourceNotFoundException":
		return fmt.Errorf("dynamodb: there is no table %q at %s: make it as %s says, or correct its name or the region: %w", s.table, s.place(), page, err)
	case "AccessDeniedException":
		return fmt.Errorf("dynamodb: the credentials may not use table %q: give them the policy of %s: %w", s.table, page, err)
	case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "IncompleteSignatureException",
		"MissingAuthenticationTokenException", "ExpiredTokenException":
		return fmt.Errorf("dynamodb: AWS refuses the credentials: they are wrong, or their time is over: %w", err)
	}
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	if unsent || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("dynamodb: no answer from %s: find out whether it can be reached from here, and whether the region is right: %w", s.place(), err)
	}
	return fmt.Errorf("dynamodb: table %q cannot be used: %w", s.table, err)
}

// place says for people where the table is looked for.
func (s *Store) place() string {
	if o := s.client.Options(); o.BaseEndpoint != nil {
		return *o.BaseEndpoint
	}
	return "DynamoDB in region " + s.client.Options().Region
}
