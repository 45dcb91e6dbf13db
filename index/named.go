package index

import (
	"encoding/json"
	"fmt"
)

// marshalNamed writes values as a JSON object, in the order of their names.
func marshalNamed(names []string, values []float64) ([]byte, error) {
	b := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			b = append(b, ", "...)
		}
		n, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		b = append(fmt.Appendf(b, "%q: ", names[i]), n...)
	}
	return append(b, '}'), nil
}

// unmarshalNamed reads a value for every name, and for no other.
func unmarshalNamed(b []byte, names []string, values []float64) error {
	var named map[string]float64
	if err := json.Unmarshal(b, &named); err != nil {
		return err
	}
	for i, name := range names {
		v, given := named[name]
		if !given {
			return fmt.Errorf("%q is not given", name)
		}
		values[i] = v
		delete(named, name)
	}
	for name := range named {
		return fmt.Errorf("%q is not known", name)
	}
	return nil
}

// MarshalJSON writes the features by name.
func (x features) MarshalJSON() ([]byte, error) { return marshalNamed(featureNames[:], x[:]) }

// UnmarshalJSON reads every feature by name.
func (x *features) UnmarshalJSON(b []byte) error { return unmarshalNamed(b, featureNames[:], x[:]) }

// MarshalJSON writes the signs by name.
func (s signs) MarshalJSON() ([]byte, error) { return marshalNamed(signNames[:], s[:]) }

// UnmarshalJSON reads every sign by name.
func (s *signs) UnmarshalJSON(b []byte) error { return unmarshalNamed(b, signNames[:], s[:]) }
