package line

import (
	"bytes"
	"context"
	"net/http"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"madoguchi/ward"
)

// menusAtLINE is what LINE has of rich menus; not what staff made in LINE
// Official Account Manager, which its API does not show.
type menusAtLINE struct {
	names    map[string]string // of the menus, by LINE's id
	aliases  map[string]string // LINE's ids, by alias
	standard string            // LINE's id of the default, "" where there is none
}

func (c *Client) richMenus(ctx context.Context) (at menusAtLINE, err error) {
	at.names, at.aliases = map[string]string{}, map[string]string{}
	var menus *messaging_api.RichMenuListResponse
	err = c.call(ctx, "rich menu list", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, menus, err = api.GetRichMenuListWithHttpInfo()
		return res, err
	})
	if err != nil {
		return at, err
	}
	if menus == nil {
		return at, unreadableAnswer("rich menu list")
	}
	for _, m := range menus.Richmenus {
		at.names[m.RichMenuId] = m.Name
	}
	if at.aliases, err = c.richMenuAliases(ctx); err != nil {
		return at, err
	}
	at.standard, err = c.defaultRichMenu(ctx)
	return at, err
}

func (c *Client) richMenuAliases(ctx context.Context) (map[string]string, error) {
	var list *messaging_api.RichMenuAliasListResponse
	err := c.call(ctx, "rich menu aliases", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, list, err = api.GetRichMenuAliasListWithHttpInfo()
		return res, err
	})
	if err != nil {
		return nil, err
	}
	if list == nil {
		return nil, unreadableAnswer("rich menu aliases")
	}
	aliases := map[string]string{}
	for _, a := range list.Aliases {
		aliases[a.RichMenuAliasId] = a.RichMenuId
	}
	return aliases, nil
}

// defaultRichMenu gives LINE's id of the default menu, "" where there is none.
func (c *Client) defaultRichMenu(ctx context.Context) (string, error) {
	var answer *messaging_api.RichMenuIdResponse
	err := c.call(ctx, "default rich menu", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, answer, err = api.GetDefaultRichMenuIdWithHttpInfo()
		return res, err
	})
	switch {
	case ward.KindOf(err) == ward.NotFound:
		return "", nil
	case err != nil:
		return "", err
	case answer == nil:
		return "", unreadableAnswer("default rich menu")
	}
	return answer.RichMenuId, nil
}

// createRichMenu makes a menu without a picture; nobody sees it yet.
func (c *Client) createRichMenu(ctx context.Context, m *messaging_api.RichMenuRequest) (id string, err error) {
	var answer *messaging_api.RichMenuIdResponse
	err = c.call(ctx, "create rich menu", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, answer, err = api.CreateRichMenuWithHttpInfo(m)
		return res, err
	})
	if err != nil {
		return "", err
	}
	if answer == nil || !isMenuID(answer.RichMenuId) {
		return "", unreadableAnswer("create rich menu")
	}
	return answer.RichMenuId, nil
}

// isMenuID tells whether s can go into a path as the id of a menu at LINE.
func isMenuID(s string) bool {
	return s != "" && len(s) <= maxName && consistsOf(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
}

// setRichMenuImage gives a new menu its picture, which cannot be changed later.
func (c *Client) setRichMenuImage(ctx context.Context, id string, png []byte) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	blob, err := messaging_api.NewMessagingApiBlobAPI(token, messaging_api.WithBlobHTTPClient(c.contents), messaging_api.WithBlobEndpoint(c.DataURL))
	if err != nil {
		return outcome("rich menu image", nil, err)
	}
	start := c.Now()
	res, _, err := blob.WithContext(ctx).SetRichMenuImageWithHttpInfo(id, "image/png", bytes.NewReader(png))
	c.note(ctx, "rich menu image", res, start)
	if err != nil {
		return outcome("rich menu image", res, err)
	}
	return nil
}

// setRichMenuAlias lets alias stand for the menu id; known says that alias
// stands for another one so far.
func (c *Client) setRichMenuAlias(ctx context.Context, alias, id string, known bool) error {
	return c.call(ctx, "rich menu alias", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		if known {
			res, _, err := api.UpdateRichMenuAliasWithHttpInfo(alias, &messaging_api.UpdateRichMenuAliasRequest{RichMenuId: id})
			return res, err
		}
		res, _, err := api.CreateRichMenuAliasWithHttpInfo(&messaging_api.CreateRichMenuAliasRequest{RichMenuAliasId: alias, RichMenuId: id})
		return res, err
	})
}

func (c *Client) setDefaultRichMenu(ctx context.Context, id string) error {
	if !isMenuID(id) {
		return invalid("rich menu id is none")
	}
	return c.call(ctx, "set default rich menu", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.SetDefaultRichMenuWithHttpInfo(id)
		return res, err
	})
}

// deleteRichMenuAlias deletes an alias; one that is gone already is no error.
func (c *Client) deleteRichMenuAlias(ctx context.Context, alias string) error {
	return gone(c.call(ctx, "delete rich menu alias", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.DeleteRichMenuAliasWithHttpInfo(alias)
		return res, err
	}))
}

// deleteRichMenu deletes a menu; one that is gone already is no error. Who has
// it open by a tab sees the default from then on.
func (c *Client) deleteRichMenu(ctx context.Context, id string) error {
	if !isMenuID(id) {
		return invalid("rich menu id is none")
	}
	return gone(c.call(ctx, "delete rich menu", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.DeleteRichMenuWithHttpInfo(id)
		return res, err
	}))
}

func gone(err error) error {
	if ward.KindOf(err) == ward.NotFound {
		return nil
	}
	return err
}

// unlinkRichMenus takes everybody back to the default who has another menu open
// by a tab. LINE does it soon after, and takes the call three times an hour.
func (c *Client) unlinkRichMenus(ctx context.Context) error {
	return c.call(ctx, "unlink rich menus", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.RichMenuBatchWithHttpInfo(&messaging_api.RichMenuBatchRequest{
			Operations: []messaging_api.RichMenuBatchOperationInterface{&messaging_api.RichMenuBatchUnlinkAllOperation{}},
		})
		return res, err
	})
}

// DefaultMenuLinks gives the addresses that the default rich menu opens:
// NotFound where the Messaging API has set none.
func (c *Client) DefaultMenuLinks(ctx context.Context) (addresses []string, err error) {
	id, err := c.defaultRichMenu(ctx)
	if err != nil {
		return nil, err
	}
	if !isMenuID(id) {
		return nil, &ward.Error{Kind: ward.NotFound, Message: messageNoDefault}
	}
	var menu *messaging_api.RichMenuResponse
	err = c.call(ctx, "rich menu", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, menu, err = api.GetRichMenuWithHttpInfo(id)
		return res, err
	})
	if err != nil {
		return nil, err
	}
	if menu == nil {
		return nil, unreadableAnswer("rich menu")
	}
	for _, a := range menu.Areas {
		if open, ok := a.Action.(messaging_api.UriAction); ok {
			addresses = append(addresses, open.Uri)
		}
	}
	return addresses, nil
}
