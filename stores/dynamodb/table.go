package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// CreateTable makes the table where there is none, paid for by use, and has DynamoDB remove what has expired. It is for development and
// tests: where it matters a table is made by a template, with an owner, backups and alarms, and the function that uses it may not make any.
func (s *Store) CreateTable(ctx context.Context) error {
	if _, err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.client.CreateTable(ctx, &sdk.CreateTableInput{
		TableName:   &s.table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: new(partitionName), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: new(sortName), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: keySchema(),
	})
	if _, exists := errors.AsType[*types.ResourceInUseException](err); err != nil && !exists {
		return fmt.Errorf("create table %q: %w", s.table, err)
	}
	const patience = time.Minute
	wait := sdk.NewTableExistsWaiter(s.client, func(o *sdk.TableExistsWaiterOptions) { o.MinDelay, o.MaxDelay = time.Second, 5*time.Second })
	if err := wait.Wait(ctx, &sdk.DescribeTableInput{TableName: &s.table}, patience); err != nil {
		return fmt.Errorf("create table %q: %w", s.table, err)
	}
	return s.removeExpired(ctx)
}

func keySchema() []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: new(partitionName), KeyType: types.KeyTypeHash},
		{AttributeName: new(sortName), KeyType: types.KeyTypeRange},
	}
}

// removeExpired turns the table's time to live on, where it is off and the server knows it.
func (s *Store) removeExpired(ctx context.Context) error {
	attribute, err := s.ttlAttribute(ctx)
	if err != nil || attribute == ttlName {
		return err
	}
	_, err = s.client.UpdateTimeToLive(ctx, &sdk.UpdateTimeToLiveInput{
		TableName:               &s.table,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: new(ttlName), Enabled: new(true)},
	})
	if err != nil && codeOf(err) != "UnknownOperationException" {
		return fmt.Errorf("turn time to live on for table %q: %w", s.table, err)
	}
	return nil
}

// ttlAttribute returns the attribute by whose time DynamoDB removes items; empty: it removes none.
func (s *Store) ttlAttribute(ctx context.Context) (string, error) {
	out, err := s.client.DescribeTimeToLive(ctx, &sdk.DescribeTimeToLiveInput{TableName: &s.table})
	if err != nil {
		return "", err
	}
	switch d := out.TimeToLiveDescription; d.TimeToLiveStatus {
	case types.TimeToLiveStatusEnabled, types.TimeToLiveStatusEnabling:
		return *d.AttributeName, nil
	}
	return "", nil
}

// codeOf returns the code of an error that the server has answered with.
func codeOf(err error) string {
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		return answer.ErrorCode()
	}
	return ""
}
